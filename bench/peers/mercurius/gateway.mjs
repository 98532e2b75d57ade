/** Mercurius as a gateway, with PORT and SERVICES: `NAME=URL NAME=URL …`. */
import gateway from '@mercuriusjs/gateway';
import createFastify from 'fastify';

const services = process.env.SERVICES.split(' ').map((service) => {
  const [name, url] = service.split('=');
  return { name, url };
});
// It heeds @requires only where the first extension of a type begins with a field that has a directive.
services.sort((one, other) => Number(other.name === 'scl') - Number(one.name === 'scl'));
const app = createFastify();
await app.register(gateway, { gateway: { services }, jit: 1 });
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
