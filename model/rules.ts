/** The rule of every call: what the law allows when a running process makes it. */
import type { CallKind, CallOf } from '../spec/language/call.ts';
import type { Ruling } from './allowed.ts';
import { judgeClose, judgeDup } from './file/close.ts';
import { judgeFallocate } from './file/fallocate.ts';
import { judgeFsize, judgeLseek } from './file/lseek.ts';
import { judgeMemfdCreate } from './file/memfd.ts';
import { judgeOpen, judgeUnlink } from './file/open.ts';
import { judgePipe } from './file/pipe.ts';
import { judgePread, judgeRead, judgeReadv } from './file/read.ts';
import { judgeAddSeals, judgeGetSeals } from './file/seals.ts';
import { judgeFtruncate } from './file/truncate.ts';
import { judgePwrite, judgeWrite, judgeWritev } from './file/write.ts';
import { judgeBrk } from './memory/brk.ts';
import { judgeExec, judgeLoad, judgeStore } from './memory/load-store.ts';
import { judgeMadvise } from './memory/madvise.ts';
import { judgeMincore } from './memory/mincore.ts';
import { judgeMlock, judgeMlock2, judgeMunlock } from './memory/mlock.ts';
import { judgeMlockall, judgeMunlockall } from './memory/mlockall.ts';
import { judgeMmap } from './memory/mmap.ts';
import { judgeMprotect } from './memory/mprotect.ts';
import { judgeMremap } from './memory/mremap.ts';
import { judgeMsync } from './memory/msync.ts';
import { judgeMunmap } from './memory/munmap.ts';
import { judgeShmat, judgeShmdt, judgeShmget, judgeShmRmid } from './memory/shm.ts';
import { judgeExit } from './process/exit.ts';
import { judgeFork } from './process/fork.ts';
import { judgeProcessVmReadv, judgeProcessVmWritev } from './process/process-vm.ts';
import { judgeSetrlimit } from './process/setrlimit.ts';
import { judgeWait } from './process/wait.ts';
import type { Process, World } from './world.ts';

/** `result` is the name that the step gives to the call's result: that of a forked process. */
export type Rule<K extends CallKind> = (world: World, process: Process, call: CallOf<K>, result: string | undefined) => Ruling;

export const RULES: { readonly [K in CallKind]: Rule<K> } = {
  mmap: judgeMmap,
  munmap: judgeMunmap,
  mprotect: judgeMprotect,
  mremap: judgeMremap,
  brk: judgeBrk,
  setrlimit: judgeSetrlimit,
  madvise: judgeMadvise,
  msync: judgeMsync,
  mincore: judgeMincore,
  mlock: judgeMlock,
  mlock2: judgeMlock2,
  munlock: judgeMunlock,
  mlockall: judgeMlockall,
  munlockall: judgeMunlockall,
  load: judgeLoad,
  store: judgeStore,
  exec: judgeExec,
  read: judgeRead,
  write: judgeWrite,
  pread: judgePread,
  pwrite: judgePwrite,
  readv: judgeReadv,
  writev: judgeWritev,
  process_vm_readv: judgeProcessVmReadv,
  process_vm_writev: judgeProcessVmWritev,
  fork: judgeFork,
  exit: judgeExit,
  wait: judgeWait,
  open: judgeOpen,
  unlink: judgeUnlink,
  close: judgeClose,
  dup: judgeDup,
  memfd_create: judgeMemfdCreate,
  ftruncate: judgeFtruncate,
  fallocate: judgeFallocate,
  lseek: judgeLseek,
  fsize: judgeFsize,
  add_seals: judgeAddSeals,
  get_seals: judgeGetSeals,
  pipe: judgePipe,
  shmget: judgeShmget,
  shmat: judgeShmat,
  shmdt: judgeShmdt,
  shm_rmid: judgeShmRmid,
};
