// The yardsticks: what one writes by hand with Express 5 and pg, and nothing else.
//   node baseline.mjs rows|text PORT DATABASE_URL
// rows: row objects through res.json; text: one json_agg text, sent as it comes.
import express from 'express';
import pg from 'pg';

const [style, port, database] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: database, max: 10 });
const app = express();
app.disable('x-powered-by');

const COLUMNS = 'id, code, first_name, last_name, email, city, country, loyalty_points, is_active, notes';

app.get('/record/:id', async (request, response) => {
  const { rows } = await pool.query(`SELECT ${COLUMNS} FROM load_customer WHERE id = $1`, [Number(request.params.id)]);
  if (rows.length === 0) response.status(404).json({ error: 'not found' });
  else response.json(rows[0]);
});

app.get('/list/:points', async (request, response) => {
  const points = Number(request.params.points);
  if (style === 'rows') {
    const { rows } = await pool.query(`SELECT ${COLUMNS} FROM load_customer WHERE loyalty_points >= $1 ORDER BY last_name, id LIMIT 1000`, [
      points,
    ]);
    response.json({ resource: rows });
    return;
  }
  const { rows } = await pool.query({
    text: `SELECT coalesce(json_agg(r), '[]')::text FROM (SELECT ${COLUMNS} FROM load_customer WHERE loyalty_points >= $1 ORDER BY last_name, id LIMIT 1000) r`,
    values: [points],
    rowMode: 'array',
  });
  response.type('application/json').send(`{"resource":${rows[0][0]}}`);
});

app.listen(Number(port), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
