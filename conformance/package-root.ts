/** Where the package is installed: its data files are found from there, whether it runs from its sources or from dist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageJson {
  readonly name: string;
  readonly version: string;
}

function find(): { readonly root: string; readonly json: PackageJson } {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const json = JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
      if (json.name === 'vkconform') return { root: folder, json };
    }
    if (dirname(folder) === folder) throw new Error('the files of vkconform are not where they were installed; install it again');
  }
}

const found = find();

export const packageRoot = (): string => found.root;
export const packageVersion = (): string => found.json.version;
