import { expect, test } from 'vitest';
import { helloLines, helloPayload } from './hello.testing.ts';
import { BadHello, decodeHello } from './hello.ts';

test('a greeting becomes the host and the place', () => {
  const { host, place } = decodeHello(helloPayload());
  expect(place).toEqual({ arena: 0x2020000000, heap: 72241152, buf: 0x1004000000 });
  expect(host).toEqual({
    system: 'Linux',
    release: '6.12.1-test',
    machine: 'x86_64',
    privileged: false,
    totalPages: 6000000,
    swapPages: 0,
    overcommit: 0,
    minAddress: 65536,
    maxMapCount: 65530,
    userEnd: 0x7fff_ffff_f000,
    hugePages: 0,
    transparentHugePages: 'madvise',
    ksm: true,
    fileSystem: 'tmpfs',
    code: [184, 42, 0, 0, 0, 195, 144, 144],
    limits: {
      fsize: { soft: 1 << 26, hard: 1 << 26 },
      data: { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY },
      stack: { soft: 1 << 23, hard: Number.POSITIVE_INFINITY },
      nofile: { soft: 64, hard: 256 },
      memlock: { soft: 1 << 18, hard: 1 << 23 },
      as: { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY },
    },
    vm: 13586432,
    vmData: 290816,
    vmLocked: 0,
    dataSegment: 24792,
    startBrk: 72241152,
    missing: [],
  });
});

test('missing calls are a list', () => {
  expect(decodeHello(helloPayload({ missing: 'mlock2,memfd_create' })).host.missing).toEqual(['mlock2', 'memfd_create']);
});

test.each([
  ['overcommit', 'yes'],
  ['userEnd', '-1'],
  ['userEnd', '99999999999999999999'],
  ['transparentHugePages', 'sometimes'],
  ['code', '1,2,3'],
  ['code', '1,2,3,4,5,6,7,256'],
  ['limits.stack.soft', 'unlimited'],
  ['system', 'Linux\u001b[31m'],
  ['ksm', '1'],
])('a greeting with %s=%s is refused by name', (key, value) => {
  expect(() => decodeHello(helloPayload({ [key]: value }))).toThrow(BadHello);
  expect(() => decodeHello(helloPayload({ [key]: value }))).toThrow(key);
});

test.each(Object.keys(helloLines))('a greeting without %s is refused by name', (key) => {
  expect(() => decodeHello(helloPayload({ [key]: undefined }))).toThrow(key);
});

test('other bytes are no greeting', () => {
  expect(() => decodeHello(new TextEncoder().encode('HTTP/1.1 400 Bad Request'))).toThrow('not the agent');
});
