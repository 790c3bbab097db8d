/** The rule of every call: what the law allows when a running process makes it. */
import type { CallKind, CallOf } from '../spec/language/call.ts';
import type { Ruling } from './allowed.ts';
import { judgeExec, judgeLoad, judgeStore } from './memory/load-store.ts';
import type { Process, World } from './world.ts';

export type Rule<K extends CallKind> = (world: World, process: Process, call: CallOf<K>) => Ruling;

export const RULES: { readonly [K in CallKind]?: Rule<K> } = {
  load: judgeLoad,
  store: judgeStore,
  exec: judgeExec,
};
