/**
 * The address of the dashboard of Ray, under which the Jobs REST API is.
 *
 * @throws Error that says what was expected
 */
export function rayAddress(text: string): URL {
  const expected = 'expected the address of the dashboard of Ray, as http://127.0.0.1:8265';
  if (text.startsWith('ray://')) {
    throw new Error(`${text} is an address of Ray Client; ${expected}`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`${expected}, got "${text}"`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      'a user or password in the address is not used; leave it out, and give a token of Ray by RAY_AUTH_TOKEN',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new Error(`${expected}, without ? and #, got "${text}"`);
  }
  return url;
}

/** Whether an address is on this machine by itself: what is sent leaves it for nowhere. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname);
}
