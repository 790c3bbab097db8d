/** A Linux host for programs that are made without one: a small x86-64 machine, unprivileged, as the agent sets its processes up. */
import type { Host } from '../../spec/dialects/host.ts';
import { USER_END } from '../../spec/language/constants.ts';

const MIB = 2 ** 20;
const unlimited = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };

export const defaultHost: Host = {
  system: 'Linux',
  release: '6.18.0',
  machine: 'x86_64',
  privileged: false,
  totalPages: 2 ** 20,
  swapPages: 0,
  overcommit: 0,
  minAddress: 65536,
  maxMapCount: 65530,
  userEnd: USER_END,
  hugePages: 0,
  transparentHugePages: 'madvise',
  ksm: true,
  fileSystem: 'tmpfs',
  code: [0xb8, 0x2a, 0, 0, 0, 0xc3, 0x90, 0x90],
  limits: {
    fsize: { soft: 64 * MIB, hard: 64 * MIB },
    data: unlimited,
    stack: { soft: 8 * MIB, hard: 8 * MIB },
    nofile: { soft: 64, hard: 256 },
    memlock: { soft: 64 * 4096, hard: 8 * MIB },
    as: unlimited,
  },
  vm: 16 * MIB,
  vmData: MIB,
  vmLocked: 0,
  dataSegment: 16384,
  startBrk: 0x1004_5000,
  missing: [],
};
