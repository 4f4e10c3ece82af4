import { AppModule, createGateway, Environment } from 'responses-gateway';
import { AcmeModule } from './acme.module.js';

const app = await createGateway(AppModule.register({ extensions: [AcmeModule] }));
const { HOST, PORT } = app.get(Environment);
await app.listen(PORT, HOST);
console.log(await app.getUrl());
