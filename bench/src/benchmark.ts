import type { ChildProcesses } from './child-processes.js';
import { Gateway, type GatewayOptions } from './gateway.js';
import { type LoadResult, type LoadShape, type LoadTarget, runLoad } from './load.js';
import type { MockUpstream } from './mock-upstream.js';
import type { Options } from './options.js';
import { type Store, Stores } from './stores.js';
import { BUILT_IN, DIRECT, GATEWAY, type Subject, UNIT } from './subjects.js';
import { hasSettled } from './warm-up.js';

/** Streams that are warmed with at once: what is compiled by then does not depend on how many there are. */
const WARM_CONNECTIONS = 64;

/** What the others are compared with. */
const ALWAYS = [DIRECT, UNIT];

const WARM_SLICE_SECONDS = 1;
/** A fresh process costs the same for some seconds before its code begins to be compiled. */
const FEWEST_WARM_SLICES = 9;
const MS_IN_SECOND = 1000;

/** What all cases share: the mock, and the gateways that stay up from case to case. */
export class Benchmark {
  private readonly gateways = new Map<string, Promise<Gateway>>();
  /** By which kinds of load a gateway is warm. */
  private readonly warmedBy = new WeakMap<Gateway, Set<string>>();

  readonly stores: Stores;

  constructor(
    readonly processes: ChildProcesses,
    readonly upstream: MockUpstream,
    readonly options: Options,
  ) {
    this.stores = new Stores(processes, options.quick);
  }

  /** The unit of all ratios, the gateway under test and the other builds of it. */
  get unitAndProducts(): Subject[] {
    return this.pick([UNIT, GATEWAY]);
  }

  /** The gateway under test and the other builds of it. */
  get products(): Subject[] {
    return this.pick([GATEWAY]);
  }

  /** Subjects by their names; `gateway` brings the other builds of it along. */
  pick(names: readonly string[]): Subject[] {
    const { subjects, builds } = this.options;
    const isWanted = (name: string): boolean =>
      subjects.length === 0 || subjects.includes(name) || ALWAYS.includes(name);
    return names.filter(isWanted).flatMap((name) => {
      const subject = BUILT_IN.find((candidate) => candidate.name === name);
      if (!subject) throw new Error(`There is no subject ${name}.`);
      return name === GATEWAY ? [subject, ...builds] : [subject];
    });
  }

  /** Starts a subject, or takes the one that is up with the same variables. */
  async gateway(subject: Subject, environment: Record<string, string> = {}): Promise<Gateway> {
    const key = `${subject.name} ${JSON.stringify(environment)}`;
    const known = this.gateways.get(key) ?? this.startFresh(subject, { environment });
    this.gateways.set(key, known);
    return known;
  }

  /** A subject that keeps responses in a database of its own, which stays with it from case to case. */
  async storing(subject: Subject, store: Store): Promise<Gateway> {
    const key = `${subject.name} ${store}`;
    const known =
      this.gateways.get(key) ??
      this.stores.open(store).then((environment) => this.startFresh(subject, { environment }));
    this.gateways.set(key, known);
    return known;
  }

  /** Starts a subject anew; whoever asked for it stops it. */
  startFresh(subject: Subject, options: Omit<GatewayOptions, 'upstreamPort'> = {}): Promise<Gateway> {
    return Gateway.start(this.processes, subject, { upstreamPort: this.upstream.port, ...options });
  }

  load(gateway: Gateway, shape: LoadShape, target: Partial<LoadTarget> = {}): Promise<LoadResult> {
    return runLoad(this.processes, { ...gateway.target, ...target }, shape);
  }

  /** Sends the same load unpaced until it costs no less, so that all code it needs gets compiled; once for each kind of load. */
  async warm(gateway: Gateway, shape: LoadShape, target: Partial<LoadTarget> = {}): Promise<void> {
    if (gateway.subject.role === 'direct') return;
    const { script, stream, input, store, connections } = shape;
    const { kind, group, stamps } = script;
    const warmedBy = this.warmedBy.get(gateway) ?? new Set();
    const load = JSON.stringify({ kind, group, stamps, stream, input, store, target });
    if (warmedBy.has(load)) return;
    this.warmedBy.set(gateway, warmedBy.add(load));
    const unpaced: LoadShape = {
      script: { ...script, rate: 0 },
      stream,
      input,
      store,
      connections: Math.min(connections, WARM_CONNECTIONS),
      seconds: WARM_SLICE_SECONDS,
    };
    const costs: number[] = [];
    const end = performance.now() + this.options.warmSeconds * MS_IN_SECOND;
    while ((costs.length < FEWEST_WARM_SLICES || !hasSettled(costs)) && performance.now() < end) {
      const before = gateway.times.cpu;
      const { answers } = await this.load(gateway, unpaced, target);
      costs.push((gateway.times.cpu - before) / answers);
    }
  }

  readonly tell = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
}
