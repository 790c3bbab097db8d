/** vkconform doctor: which targets can run here, and what to install for the others. */
import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import pc from 'picocolors';
import { visibleLine } from '../../../reports/text.ts';
import { packageVersion } from '../../package-root.ts';
import { openTarget } from '../../targets/open.ts';
import { EXIT } from '../failure.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('tell which targets can run here, and what to install for the others')
    .action(async () => {
      process.exitCode = await doctor();
    });
}

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly says: string;
}

async function doctor(): Promise<number> {
  const findings = [toolFinding(), compilerFinding(), await targetFinding('linux')];
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, ok, says } of findings) {
    process.stdout.write(`${ok ? pc.green('✓') : pc.red('✗')} ${name.padEnd(width)}  ${visibleLine(says)}\n`);
  }
  return findings.every(({ ok }) => ok) ? EXIT.conforms : EXIT.notRun;
}

function toolFinding(): Finding {
  return { name: 'vkconform', ok: true, says: `${packageVersion()} on Node ${process.versions.node}` };
}

function compilerFinding(): Finding {
  const found = spawnSync('cc', ['--version'], { encoding: 'utf8' });
  if (found.status === 0) return { name: 'cc', ok: true, says: found.stdout.split('\n')[0]! };
  return { name: 'cc', ok: false, says: 'not found; the agent needs a C compiler. Debian: apt-get install gcc libc6-dev' };
}

async function targetFinding(name: string): Promise<Finding> {
  try {
    const target = await openTarget(name);
    const { host } = target;
    await target.close();
    const rights = host.privileged ? 'privileged' : 'unprivileged';
    return { name, ok: true, says: `${host.system} ${host.release}, ${host.machine}, ${rights}, files on ${host.fileSystem}` };
  } catch (error) {
    return { name, ok: false, says: (error as Error).message };
  }
}
