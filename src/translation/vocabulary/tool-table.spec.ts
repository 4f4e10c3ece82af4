import { ToolTable } from './tool-table.js';

const PARTS = { kind: 'function', parameters: null } as const;

describe('ToolTable', () => {
  it('should keep the name of a tool without a namespace', () => {
    const table = new ToolTable();
    expect(table.add({ ...PARTS, name: 'my.tool', namespace: null })?.wireName).toBe('my.tool');
  });

  it('should tell apart tools whose flattened names collide', () => {
    const table = new ToolTable();
    table.add({ ...PARTS, name: 'a__b', namespace: null });
    expect(table.add({ ...PARTS, name: 'b', namespace: 'a' })?.wireName).toBe('a__b_2');
    expect(table.resolve('a__b_2')).toMatchObject({ name: 'b', namespace: 'a' });
    expect(table.resolve('a__b')).toMatchObject({ name: 'a__b', namespace: null });
  });

  it('should cut long names to 64 characters and still tell them apart', () => {
    const table = new ToolTable();
    const namespace = 'mcp__'.padEnd(60, 'x');
    const names = ['first_tool', 'second_tool'].map(
      (name) => table.add({ ...PARTS, name, namespace })?.wireName ?? '',
    );
    expect(names.every((name) => name.length <= 64)).toBe(true);
    expect(new Set(names).size).toBe(2);
    expect(table.nameInHistory('second_tool', namespace)).toBe(names[1]);
  });

  it('should not take the same tool twice', () => {
    const table = new ToolTable();
    table.add({ ...PARTS, name: 'a', namespace: 'n' });
    expect(table.add({ ...PARTS, name: 'a', namespace: 'n' })).toBeNull();
  });

  it('should not guess when a name without namespace can mean two tools', () => {
    const table = new ToolTable();
    table.add({ ...PARTS, name: 'a', namespace: 'n' });
    table.add({ ...PARTS, name: 'a', namespace: 'm' });
    expect(table.resolve('a')).toBeUndefined();
  });

  it('should tell a built-in tool from a function of its name', () => {
    const table = new ToolTable();
    table.add({ ...PARTS, name: 'shell', namespace: null });
    const builtin = table.add({ ...PARTS, kind: 'shell', name: 'shell', namespace: null });
    expect(builtin?.wireName).toBe('shell_2');
    expect(table.findBuiltin('shell')).toBe(builtin);
    expect(table.find('shell', null)).toMatchObject({ kind: 'function' });
    expect(table.resolve('shell_2')).toMatchObject({ kind: 'shell', name: 'shell' });
    expect(table.add({ ...PARTS, kind: 'shell', name: 'shell', namespace: null })).toBeNull();
  });

  it('should not give the history of a built-in tool that is not offered the name of another', () => {
    const table = new ToolTable();
    expect(table.freeName('shell')).toBe('shell');
    table.add({ ...PARTS, name: 'shell', namespace: null });
    expect(table.freeName('shell')).toBe('shell_2');
  });
});
