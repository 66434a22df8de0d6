// The layer check: rules for dependency-cruiser, made from the table in tools/import-rules.mjs.
import { ALLOWED_IMPORTS, FOLDERS_WITHOUT_NODE, PACKAGE_OWNERS } from './tools/import-rules.mjs'

const layers = Object.entries(ALLOWED_IMPORTS).map(([folder, allowed]) => ({
  name: `${folder} imports only ${['itself', ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^(src|test|tools|bench|bin)/',
    pathNot: `^src/(${[folder, ...allowed].join('|')})/`,
  },
}))

const owners = Object.entries(PACKAGE_OWNERS).map(([name, folders]) => ({
  name: `${name} belongs to ${folders.join(', ')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folders.join('|')})(/|\\.)` },
  to: { path: packagePath(name), dependencyTypesNot: ['type-only'] },
}))

const known = Object.keys(PACKAGE_OWNERS)

export default {
  forbidden: [
    ...layers,
    ...owners,
    {
      name: 'a package has an owner in tools/import-rules.mjs',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: [...known.map(packagePath), 'node_modules/@types/', 'node_modules/vite/'],
      },
    },
    {
      name: 'nothing of node where a browser runs it',
      severity: 'error',
      from: { path: `^src/(${FOLDERS_WITHOUT_NODE.join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      // Of what runs: two files may name each other's types.
      name: 'no cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'imports that resolve',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}

/** @param {string} name a regular expression of names */
function packagePath(name) {
  return `(^|/)node_modules/(@lydell/)?${name}/`
}
