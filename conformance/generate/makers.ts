/** The maker of every call. */
import type { MakerTable } from './maker.ts';

export const MAKERS: MakerTable = {};
