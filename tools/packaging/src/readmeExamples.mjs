/**
 * The examples of a README that can be run as they stand: blocks fenced as ```js, each a complete
 * module, and blocks fenced as ```sh in which every command is one of the package's own programs
 * (`npx dpquant …`). Other blocks are only to be read.
 *
 * @param markdown text of the README
 * @param programs names of the package's programs
 * @returns list of {language: 'js' | 'sh', code}
 */
export function readmeExamples(markdown, programs = []) {
  return [...markdown.matchAll(/^```(js|sh)\n(.*?)^```$/gms)]
    .map(([, language, code]) => ({ language, code }))
    .filter(({ language, code }) => language === 'js' || isOwnCommands(code, programs));
}

function isOwnCommands(code, programs) {
  const commands = code
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return commands.every((line) => {
    const [first, second] = line.trim().split(/\s+/);
    return programs.includes(first === 'npx' ? second : first);
  });
}
