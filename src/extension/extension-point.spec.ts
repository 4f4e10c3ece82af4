import { Global, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { checkExtensions, replacedPoints } from './check-extensions.js';
import { defaultToken, extensionPoint, extensionToken, getExtension } from './extension-point.js';

abstract class Clock {
  abstract now(): number;
}
class QuickClock extends Clock {
  override now = () => 1;
}
class SlowClock extends Clock {
  override now = () => 2;
}
class WrappedClock extends Clock {
  constructor(private readonly inner: Clock) {
    super();
  }
  override now = () => this.inner.now() + 10;
}

@Global()
@Module({
  providers: [
    { provide: 'IS_SLOW', useValue: true },
    ...extensionPoint(Clock, {
      inject: ['IS_SLOW'],
      useFactory: (isSlow: boolean) => (isSlow ? new SlowClock() : new QuickClock()),
    }),
  ],
  exports: [defaultToken(Clock), extensionToken(Clock)],
})
class ClockModule {}

let app: INestApplicationContext;
const start = async (...extensions: Type[]): Promise<void> => {
  app = await Test.createTestingModule({ imports: [ClockModule, ...extensions] }).compile();
};
afterEach(() => app.close());

describe('an extension point whose default a factory makes', () => {
  it('should have it in force while no extension replaces it', async () => {
    await start();
    expect(getExtension(app, Clock).now()).toBe(2);
    expect(() => {
      checkExtensions(app);
    }).not.toThrow();
    expect(replacedPoints(app)).toEqual([]);
  });

  it('should let an extension take its place and wrap it', async () => {
    @Global()
    @Module({
      providers: [
        {
          provide: Clock,
          inject: [defaultToken(Clock)],
          useFactory: (inner: Clock) => new WrappedClock(inner),
        },
      ],
      exports: [Clock],
    })
    class WrapModule {}
    await start(WrapModule);
    expect(getExtension(app, Clock).now()).toBe(12);
    checkExtensions(app);
    expect(replacedPoints(app)).toEqual([{ point: 'Clock', by: 'WrappedClock', module: 'WrapModule' }]);
  });

  it('should tell of a class that is provided under its own name only', async () => {
    @Module({ providers: [QuickClock], exports: [QuickClock] })
    class OwnNameModule {}
    await start(OwnNameModule);
    expect(() => {
      checkExtensions(app);
    }).toThrow('OwnNameModule provides QuickClock, which would not be used');
  });
});
