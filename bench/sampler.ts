/** The thread that looks, some hundred times a second, at the system call in which a process is. */
import { existsSync, readFileSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

const EVERY_MS = 3;
/** The number of read in /proc/PID/syscall on this machine's architecture. */
const READ = process.arch === 'x64' ? '0' : '63';

const { file } = workerData as { readonly file: string };
const nap = new Int32Array(new SharedArrayBuffer(4));
let all = 0;
let reading = 0;
while (receiveMessageOnPort(parentPort!) === undefined && existsSync(file)) {
  all++;
  if (readFileSync(file, 'utf8').split(' ')[0] === READ) reading++;
  Atomics.wait(nap, 0, 0, EVERY_MS);
}
parentPort!.postMessage({ all, reading });
