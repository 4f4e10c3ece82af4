/** For NODE_OPTIONS of a process: `gc` is a function there that collects all garbage, which `when` says when to call. */
export function collectGarbage(when: string): string {
  const script = `import v8 from 'node:v8';import vm from 'node:vm';v8.setFlagsFromString('--expose-gc');const gc=vm.runInNewContext('gc');${when}`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}
