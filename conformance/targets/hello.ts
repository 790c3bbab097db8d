/** The agent's first frame: what it says of its system, as text, checked before anything believes it. */
import * as v from 'valibot';
import type { Host } from '../../spec/dialects/host.ts';
import type { Place } from '../../spec/language/outcome.ts';

const MAGIC = 'VKA1';

const count = v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number), v.safeInteger());
const limit = v.union([
  v.pipe(
    v.literal('inf'),
    v.transform(() => Number.POSITIVE_INFINITY),
  ),
  v.pipe(v.string(), v.regex(/^\d{1,20}$/), v.transform(Number)),
]);
const flag = v.pipe(
  v.picklist(['true', 'false']),
  v.transform((text) => text === 'true'),
);
const word = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/));
const list = <T>(item: v.GenericSchema<string, T>) =>
  v.pipe(
    v.string(),
    v.transform((text) => (text === '' ? [] : text.split(','))),
    v.array(item),
  );

const limitKeys = ['fsize', 'data', 'stack', 'nofile', 'memlock', 'as'] as const;
const limitEntries = Object.fromEntries(
  limitKeys.flatMap((key) => [`limits.${key}.soft`, `limits.${key}.hard`].map((name) => [name, limit])),
);

const helloSchema = v.object({
  system: word,
  release: word,
  machine: word,
  privileged: flag,
  totalPages: count,
  swapPages: count,
  overcommit: count,
  minAddress: count,
  maxMapCount: count,
  userEnd: count,
  hugePages: count,
  transparentHugePages: v.picklist(['always', 'madvise', 'never', 'none']),
  ksm: flag,
  fileSystem: word,
  code: v.pipe(list(v.pipe(count, v.maxValue(255))), v.length(8)),
  vm: count,
  vmData: count,
  vmLocked: count,
  dataSegment: count,
  startBrk: count,
  missing: list(word),
  'place.arena': count,
  'place.heap': count,
  'place.buf': count,
  ...(limitEntries as Record<`limits.${(typeof limitKeys)[number]}.${'soft' | 'hard'}`, typeof limit>),
});

/** The hello frame is not one, or lacks something. */
export class BadHello extends Error {
  override readonly name = 'BadHello';
}

/** Reads the hello frame's payload. @throws BadHello */
export function decodeHello(payload: Uint8Array): { host: Host; place: Place } {
  const text = new TextDecoder('latin1').decode(payload);
  if (!text.startsWith(MAGIC)) throw new BadHello('what answers is not the agent');
  const entries = text
    .slice(MAGIC.length)
    .split('\n')
    .filter((line) => line !== '')
    .map((line): [string, string] => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)]);
  const parsed = v.safeParse(helloSchema, Object.fromEntries(entries));
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new BadHello(`the agent's greeting is wrong in ${v.getDotPath(issue)}: ${issue.message}`);
  }
  const hello = parsed.output;
  const limits = Object.fromEntries(
    limitKeys.map((key) => [key, { soft: hello[`limits.${key}.soft`], hard: hello[`limits.${key}.hard`] }]),
  ) as unknown as Host['limits'];
  const { 'place.arena': arena, 'place.heap': heap, 'place.buf': buf, ...rest } = hello;
  const { system, release, machine, privileged, totalPages, swapPages, overcommit, minAddress, maxMapCount, userEnd, hugePages } = rest;
  const { transparentHugePages, ksm, fileSystem, code, vm, vmData, vmLocked, dataSegment, startBrk, missing } = rest;
  return {
    host: {
      ...{ system, release, machine, privileged, totalPages, swapPages, overcommit, minAddress, maxMapCount, userEnd, hugePages },
      ...{ transparentHugePages, ksm, fileSystem, code, limits, vm, vmData, vmLocked, dataSegment, startBrk, missing },
    },
    place: { arena, heap, buf },
  };
}
