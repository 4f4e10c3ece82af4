import { Gate } from './gate.js';

class FakeSource {
  readonly told: string[] = [];
  pause(): void {
    this.told.push('pause');
  }
  resume(): void {
    this.told.push('resume');
  }
}

describe('Gate', () => {
  let gate: Gate;
  let source: FakeSource;
  beforeEach(() => {
    gate = new Gate();
    source = new FakeSource();
  });

  it('should begin open, and leave its source alone', () => {
    gate.attach(source);
    expect(gate.isClosed).toBe(false);
    expect(source.told).toEqual([]);
  });

  it('should pause and resume its source', () => {
    gate.attach(source);
    gate.close();
    expect(gate.isClosed).toBe(true);
    gate.open();
    expect(gate.isClosed).toBe(false);
    expect(source.told).toEqual(['pause', 'resume']);
  });

  it('should not tell it twice', () => {
    gate.attach(source);
    gate.open();
    gate.close();
    gate.close();
    gate.open();
    gate.open();
    expect(source.told).toEqual(['pause', 'resume']);
  });

  it('should pause a source that comes while it is closed', () => {
    gate.close();
    gate.attach(source);
    expect(source.told).toEqual(['pause']);
  });

  it('should leave a source alone that has gone', () => {
    gate.attach(source);
    gate.close();
    gate.detach();
    gate.open();
    gate.close();
    expect(source.told).toEqual(['pause']);
  });

  it('should work without a source', () => {
    gate.close();
    gate.open();
    expect(gate.isClosed).toBe(false);
  });

  it('should turn to the newest source', () => {
    const next = new FakeSource();
    gate.attach(source);
    gate.attach(next);
    gate.close();
    expect([source.told, next.told]).toEqual([[], ['pause']]);
  });
});
