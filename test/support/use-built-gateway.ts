import { type BuiltGateway, buildGateway, GatewayProcess } from './gateway-process.js';

export interface GatewayRunner {
  /** Where the build is, and its processes run; known once the tests begin. */
  readonly folder: string;
  /** Starts a process that is ended with the test at the latest. @param flags of Node */
  run: (variables?: Record<string, string>, flags?: readonly string[]) => GatewayProcess;
}

/** Builds the gateway once for all tests of a file. */
export function useBuiltGateway(): GatewayRunner {
  let built: BuiltGateway;
  let processes: GatewayProcess[] = [];

  beforeAll(async () => {
    built = await buildGateway();
  }, 300_000);
  afterAll(() => {
    built.remove();
  });
  afterEach(async () => {
    await Promise.all(processes.map((gateway) => gateway.kill()));
    processes = [];
  });

  return {
    get folder() {
      return built.folder;
    },
    run: (variables, flags) => {
      const gateway = new GatewayProcess(built, variables, flags);
      processes.push(gateway);
      return gateway;
    },
  };
}
