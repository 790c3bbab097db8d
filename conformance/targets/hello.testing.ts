/** A greeting as the agent writes it. For tests. */

export const helloLines: Readonly<Record<string, string>> = {
  system: 'Linux',
  release: '6.12.1-test',
  machine: 'x86_64',
  privileged: 'false',
  fileSystem: 'tmpfs',
  totalPages: '6000000',
  swapPages: '0',
  hugePages: '0',
  overcommit: '0',
  minAddress: '65536',
  maxMapCount: '65530',
  transparentHugePages: 'madvise',
  ksm: 'true',
  vm: '13586432',
  vmData: '290816',
  vmLocked: '0',
  dataSegment: '24792',
  startBrk: '72241152',
  'limits.fsize.soft': '67108864',
  'limits.fsize.hard': '67108864',
  'limits.data.soft': 'inf',
  'limits.data.hard': 'inf',
  'limits.stack.soft': '8388608',
  'limits.stack.hard': 'inf',
  'limits.nofile.soft': '64',
  'limits.nofile.hard': '256',
  'limits.memlock.soft': '262144',
  'limits.memlock.hard': '8388608',
  'limits.as.soft': 'inf',
  'limits.as.hard': 'inf',
  missing: '',
  userEnd: '140737488351232',
  'place.arena': '137975824384',
  'place.heap': '72241152',
  'place.buf': '68786585600',
  code: '184,42,0,0,0,195,144,144',
};

/** The payload of a greeting with some lines changed, or left out where they are undefined. */
export function helloPayload(changes: Readonly<Record<string, string | undefined>> = {}): Uint8Array {
  const lines = Object.entries({ ...helloLines, ...changes }).filter(([, value]) => value !== undefined);
  return new TextEncoder().encode(`VKA1${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`);
}
