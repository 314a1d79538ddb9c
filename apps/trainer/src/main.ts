import { runCommandLine } from './commandLine.ts';
import { watchStandardStreams } from './terminal/standardStreams.ts';
import { processTerminal } from './terminal/terminal.ts';

const terminal = processTerminal();
const { stdout, stderr } = process;
watchStandardStreams({ 'standard output': stdout, 'standard error': stderr }, terminal.say);

process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
