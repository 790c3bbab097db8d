/** Makers of calls: each group of calls gives its rows of the table. */
import type { CallKind, CallOf } from '../../spec/language/call.ts';
import type { Scene } from './scene.ts';

export interface MakerRow<K extends CallKind> {
  /** How often the call is made, relative to the others, before a program draws its own weights: 10 is usual, 100 for loads and stores. */
  readonly weight: number;
  /** Makes the call for the scene's process; undefined when there is nothing sensible to call it on now. */
  readonly make: (scene: Scene) => CallOf<K> | undefined;
}

/** Rows of some calls. */
export type MakerTable = { readonly [K in CallKind]?: MakerRow<K> };
/** The row of every call. */
export type AllMakers = { readonly [K in CallKind]: MakerRow<K> };
