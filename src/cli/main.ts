#!/usr/bin/env node
import { handleSignals } from './interrupt.ts';
import { watchStdout } from './output/stdout.ts';
import { fail, runCommand } from './program.ts';

handleSignals();
watchStdout(fail);
await runCommand(process.argv);
