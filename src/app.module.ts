import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { AuthGuard } from './auth/auth.guard.js';
import { AuthModule } from './auth/auth.module.js';
import { GatewayConfigModule } from './config/config.module.js';
import { CoordinationModule } from './coordination/coordination.module.js';
import { Environment } from './config/environment.js';
import { isSwitchedOn, readVariable } from './config/read-variable.js';
import { DatabaseModule } from './database/database.module.js';
import { type Extension, loadExtensions } from './extension/load-extensions.js';
import { ConversationsModule } from './conversations/conversations.module.js';
import { HealthModule } from './health/health.module.js';
import { DrainGuard } from './request/drain.guard.js';
import { AnswerInterceptor } from './transport/http/answer.interceptor.js';
import { GatewayExceptionFilter } from './request/gateway-exception.filter.js';
import { HttpModule } from './transport/http/http.module.js';
import { LimitsGuard } from './limits/limits.guard.js';
import { LimitsModule } from './limits/limits.module.js';
import { RequestModule } from './request/request.module.js';
import { InFlightGuard } from './request/in-flight.guard.js';
import { MethodGuardController } from './request/method-guard.controller.js';
import { IdsModule } from './ids/ids.module.js';
import { ModelsModule } from './models/models.module.js';
import { ResponsesModule } from './responses/responses.module.js';
import { PassthroughModule } from './passthrough/passthrough.module.js';
import { RootController } from './request/root.controller.js';
import { logOutput } from './observability/log-output.js';
import { GatewayFileModule } from './gateway-file/gateway-file.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { TracingModule } from './observability/tracing/tracing.module.js';
import { ReloadModule } from './reload/reload.module.js';
import { StateModule } from './state/state.module.js';
import { UpstreamsModule } from './upstreams/upstreams.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { WebSocketModule } from './transport/websocket/websocket.module.js';

/** @public */
export interface AppOptions {
  /** Modules with guards, interceptors, parsers and replacements of the extension points. Their exports are global. */
  extensions?: Extension[];
  /** Variables that win over the process environment. */
  environment?: Record<string, string>;
}

/**
 * The gateway. The interceptor that attaches clients is declared here, in the root module, so that it runs outside the interceptors of
 * extensions: these see the run before its client does. The body is read before it, and behind the guards of extensions.
 * @public
 */
@Module({})
export class AppModule {
  static register({ extensions = [], environment }: AppOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        GatewayConfigModule.register(environment),
        LoggerModule.forRootAsync({
          inject: [Environment],
          useFactory: ({ LOG_LEVEL, LOG_FORMAT }: Environment) => ({
            pinoHttp: { level: LOG_LEVEL, autoLogging: false, stream: logOutput(LOG_FORMAT) },
            forRoutes: [],
          }),
        }),
        ReloadModule,
        GatewayFileModule,
        ...extensions.map(asGlobal),
        namedExtensions(readVariable('EXTENSIONS', environment)),
        RequestModule,
        TracingModule,
        HttpModule,
        IdsModule,
        DatabaseModule,
        StateModule,
        CoordinationModule,
        WebhooksModule,
        AuthModule,
        LimitsModule,
        UpstreamsModule,
        ModelsModule,
        ResponsesModule,
        ConversationsModule,
        ...(isSwitchedOn('PASSTHROUGH_ENABLED', environment) ? [PassthroughModule] : []),
        HealthModule,
        WebSocketModule,
        ObservabilityModule.register(environment),
        FallbackModule,
      ],
      controllers: [RootController],
      providers: [
        { provide: APP_FILTER, useClass: GatewayExceptionFilter },
        { provide: APP_GUARD, useClass: DrainGuard },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: LimitsGuard },
        { provide: APP_GUARD, useClass: InFlightGuard },
        { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
      ],
    };
  }
}

@Module({ controllers: [MethodGuardController] })
class FallbackModule {}

@Module({})
class NamedExtensionsModule {}

/** The extensions that EXTENSIONS names. */
function namedExtensions(list: string): Promise<DynamicModule> {
  const loading = loadExtensions(list).then((extensions) => ({
    module: NamedExtensionsModule,
    imports: extensions.map(asGlobal),
  }));
  // Nest waits for it only once it has come so far: a failure must not be taken for one that nobody hears of.
  loading.catch(() => undefined);
  return loading;
}

function asGlobal(extension: Extension): DynamicModule {
  return 'module' in extension ? { ...extension, global: true } : { module: extension, global: true };
}
