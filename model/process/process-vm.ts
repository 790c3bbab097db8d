/** process_vm_readv and process_vm_writev: bytes between the caller's memory and another process's. Clauses process_vm.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { because, give, type Ruling, refuse } from '../allowed.ts';
import { type Request, remoteVector, type Stretch, vector } from '../file/request.ts';
import { UserCopy } from '../memory/user-copy.ts';
import type { Process, World } from '../world.ts';
import { pidArgument, processByPid } from './pid.ts';
import { type Pin, pin, pinnedContents, putPinned } from './pin.ts';

export function judgeProcessVmReadv(world: World, process: Process, call: CallOf<'process_vm_readv'>): Ruling {
  return judgeTransfer(world, process, call, 'load');
}

export function judgeProcessVmWritev(world: World, process: Process, call: CallOf<'process_vm_writev'>): Ruling {
  return judgeTransfer(world, process, call, 'store');
}

type Transfer = CallOf<'process_vm_readv'> | CallOf<'process_vm_writev'>;

/** Only Linux has the call, so that the order in which it looks at things is the law. Clause process_vm.order */
function judgeTransfer(world: World, process: Process, call: Transfer, kind: 'load' | 'store'): Ruling {
  if (call.flags !== 0) return [because(refuse('process_vm.flags', 'EINVAL', world), 'process_vm.order')];
  const local = vector(world, call.local);
  if (local.refused.length > 0) return local.refused;
  if (local.length === 0) return [give(['process_vm.nothing', ...local.clauses], 0, world)];
  const remote = remoteVector(world, call.remote);
  if ('refused' in remote) return remote.refused;
  if (remote.every(({ length }) => length === 0)) return [give(['process_vm.nothing', ...local.clauses], 0, world)];
  const other = processByPid(world, pidArgument(world, call.pid));
  if (other === 'foreign') return { open: 'a process that is not the program’s' };
  if (other === undefined) return [because(refuse('process_vm.no-process', 'ESRCH', world), 'process_vm.order')];
  return new Move(world, process.name, other.name, local, kind).rule(remote);
}

/** Pages are looked up so many at a time, the last of them perhaps in vain. Clause process_vm.pages */
const BATCH = 1024;

class Move {
  readonly #copy: UserCopy;
  readonly #other: string;
  readonly #local: Request;
  readonly #kind: 'load' | 'store';
  #count = 0;
  #stopped = false;

  constructor(world: World, name: string, other: string, local: Request, kind: 'load' | 'store') {
    this.#copy = new UserCopy(world, name, local.spans);
    this.#other = other;
    this.#local = local;
    this.#kind = kind;
  }

  rule(remote: readonly Stretch[]): Ruling {
    for (const stretch of remote) if (this.#left > 0 && !this.#stopped) this.#stretch(stretch);
    const copy = this.#copy;
    if (copy.open !== undefined) return { open: copy.open };
    if (this.#count === 0) return [because(refuse('process_vm.fault', 'EFAULT', copy.world), ...copy.met)];
    const clauses: ClauseId[] = [...this.#local.clauses, ...copy.met];
    if (this.#stopped) clauses.push('process_vm.partial');
    return [give(['process_vm.data', ...clauses], this.#count, copy.world)];
  }

  get #left(): number {
    return this.#local.length - this.#count;
  }

  #stretch({ start, length }: Stretch): void {
    let { page, offset } = start;
    for (let left = length; left > 0 && this.#left > 0 && !this.#stopped; ) {
      const pages = Math.min(Math.ceil((offset + left) / PAGE_SIZE), BATCH);
      const pins = this.#pinAll(page, pages);
      if (pins.length === 0) {
        this.#stopped = true;
        return;
      }
      const bytes = Math.min(pins.length * PAGE_SIZE - offset, left);
      if (bytes - this.#left >= PAGE_SIZE) this.#copy.met.push('process_vm.pages');
      this.#movePages(pins, offset, bytes);
      left -= bytes;
      page += pins.length;
      offset = 0;
    }
  }

  #pinAll(first: number, pages: number): readonly Pin[] {
    const pins: Pin[] = [];
    for (let page = first; page < first + pages; page++) {
      const pinned = pin(this.#copy.world, this.#other, page, this.#kind);
      if (pinned === 'open') this.#copy.open = 'memory that is not the program’s';
      if (pinned === 'open') break;
      if ('fault' in pinned) {
        this.#copy.met.push(pinned.fault);
        break;
      }
      this.#copy.world = pinned.world;
      pins.push(pinned.pin);
    }
    return pins;
  }

  #movePages(pins: readonly Pin[], start: number, bytes: number): void {
    let offset = start;
    let left = bytes;
    for (const held of pins) {
      const wanted = Math.min(PAGE_SIZE - offset, left, this.#left);
      if (wanted === 0) return;
      if (!this.#movePage(held, offset, wanted)) {
        this.#stopped = true;
        return;
      }
      left -= wanted;
      offset = 0;
    }
  }

  /** Piece by piece, each as memory then is. @returns false when not all of the bytes could be moved */
  #movePage(held: Pin, start: number, count: number): boolean {
    for (let done = 0; done < count; ) {
      const offset = start + done;
      const moved = this.#kind === 'load' ? this.#toCaller(held, offset, count - done) : this.#fromCaller(held, offset, count - done);
      if (moved === 0) return false;
      done += moved;
      this.#count += moved;
    }
    return true;
  }

  #toCaller(held: Pin, from: number, count: number): number {
    const contents = pinnedContents(this.#copy.world, held);
    return this.#copy.put({ contents, from, count }, 'process_vm.data', held.frame);
  }

  #fromCaller(held: Pin, offset: number, count: number): number {
    const slice = this.#copy.take(count, { ...held.frame, offset });
    if (slice === undefined) return 0;
    const world = putPinned(this.#copy.world, held, offset, slice);
    if (world === undefined) this.#copy.open = 'too many possibilities';
    else this.#copy.world = world;
    return slice.count;
  }
}
