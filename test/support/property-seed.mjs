import process from 'node:process';
import fc from 'fast-check';

/**
 * Property tests try the same values on every machine, so that a change is judged by what it changes. Others are looked for with
 * `PROPERTY_SEED=random npm test`, or with the number that a failure names.
 */
const seed = process.env.PROPERTY_SEED ?? '20261127';
if (seed !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
