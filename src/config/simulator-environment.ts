/** The variables that begin with SIM_, as given: the built-in simulator reads and checks them itself. */
export class SimulatorEnvironment {
  constructor(readonly variables: Readonly<Record<string, string | undefined>>) {}

  static from(raw: Record<string, unknown>): SimulatorEnvironment {
    const own = Object.entries(raw).filter(([name]) => name.startsWith('SIM_'));
    return new SimulatorEnvironment(Object.fromEntries(own) as Record<string, string>);
  }
}
