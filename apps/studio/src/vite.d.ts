declare module 'virtual:digits' {
  /** Address of the digits, see `build/digits.ts`. */
  const url: string;
  export default url;
}
