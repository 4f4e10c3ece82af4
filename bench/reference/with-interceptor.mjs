// The gateway with an extension as a deployer would write it: an interceptor that observes every single event.
import 'reflect-metadata';
import process from 'node:process';
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AppModule } from '../../dist/app.module.js';
import { createGateway } from '../../dist/app.setup.js';
import { tapEvents } from '../../dist/responses/run/tap-events.js';

class CountingInterceptor {
  deltas = 0;

  intercept(_context, next) {
    return next.handle().pipe(
      tapEvents({
        next: ({ type }) => {
          if (type.endsWith('.delta')) this.deltas++;
        },
      }),
    );
  }
}

class CountingModule {}
Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: CountingInterceptor }] })(CountingModule);

const app = await createGateway(AppModule.register({ extensions: [CountingModule] }));
await app.listen(Number(process.env.PORT), '127.0.0.1');
