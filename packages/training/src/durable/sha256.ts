/**
 * SHA-256 in hexadecimal digits.
 *
 * @throws Error in a browser page that is not a secure context
 */
export async function sha256(content: string | Uint8Array): Promise<string> {
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (!subtle) {
    throw new Error(
      'crypto.subtle: is missing in this page; serve it over https or from localhost',
    );
  }
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
