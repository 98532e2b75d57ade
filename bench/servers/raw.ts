import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { Pool } from 'pg';
import { type Ask, answerLead, answerRegistry, answerTenant, answerTenants } from './answers';

/** What the database alone can do: statements written by hand behind `node:http`, for anybody and without security. */
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const ask: Ask = async (_system, { text, values }) => (await pool.query({ text, values })).rows;

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const answer = async () => {
    switch (pathname) {
      case '/tenant':
        return answerTenant(ask, searchParams.get('slug') ?? '');
      case '/tenants':
        return answerTenants(ask);
      case '/registry':
        return answerRegistry(ask, searchParams.get('clubId') ?? '');
      case '/leads':
        return answerLead(ask, (await json(request)) as { tenantSlug: string; email: string });
      default:
        throw new Error(`Nothing is at ${pathname}`);
    }
  };
  try {
    const body = JSON.stringify(await answer());
    response.setHeader('content-type', 'application/json');
    response.end(body);
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end();
  }
}).listen(Number(process.env['PORT']), '127.0.0.1');
