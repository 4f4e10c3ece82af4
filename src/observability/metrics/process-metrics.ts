import { Injectable } from '@nestjs/common';
import { readOwnPackage } from '../../extension/own-package.js';
import { ReadinessIndicator } from '../../health/readiness.indicator.js';
import { Meter } from './meter.js';

/** Checks of readiness, by their names, that are about what the gateway keeps things in. */
const STORES = ['store', 'redis'];

/** The process itself, and what it keeps things in. */
@Injectable()
export class ProcessMetrics {
  constructor(meter: Meter, readiness: ReadinessIndicator) {
    meter.observeProcess();
    meter
      .gauge({ name: 'gateway_build_info', help: '1, with the version that runs.', labelNames: ['version'] })
      .set({ version: readOwnPackage().version }, 1);
    meter.gauge(
      {
        name: 'gateway_store_up',
        help: '1: the database (store) or Redis (redis) answers; 0: it does not. Absent where there is none.',
        labelNames: ['part'],
      },
      async (gauge) => {
        const answers = await Promise.all(STORES.map(async (part) => readiness.isUp(part)));
        STORES.forEach((part, index) => {
          const isUp = answers[index] ?? null;
          if (isUp !== null) gauge.set({ part }, Number(isUp));
        });
      },
    );
  }
}
