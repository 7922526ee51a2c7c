"""The Python side of sqlspec.e2e.test.ts: sqlspec from PyPI, over asyncpg. Arguments: server, table, command, count."""

import asyncio
import json
import sys

from sqlspec import SQLSpec
from sqlspec.adapters.asyncpg import AsyncpgConfig
from sqlspec.adapters.asyncpg.events import AsyncpgEventQueueStore


async def create(config):
    """Makes the table as the migration of sqlspec does."""
    async with config.provide_session() as driver:
        for statement in AsyncpgEventQueueStore(config).create_statements():
            await driver.execute_script(statement)
        await driver.commit()


async def publish(channel, count):
    single = [await channel.publish("orders", {"from": "sqlspec", "n": n}, {"side": "python"}) for n in range(count // 2)]
    rest = [("orders", {"from": "sqlspec", "n": n}, {"side": "python"}) for n in range(count // 2, count)]
    return single + await channel.publish_many(rest)


async def consume(channel, count, nacks):
    seen = []
    events = channel.iter_events("orders", poll_interval=1.0)
    async for event in events:
        if nacks and event.attempts == 1:
            await channel.nack(event.event_id)
            continue
        await channel.ack(event.event_id)
        seen.append({
            "id": event.event_id,
            "payload": event.payload,
            "metadata": event.metadata,
            "attempts": event.attempts,
        })
        if len(seen) == count:
            break
    await events.aclose()
    return seen


async def states(config, table):
    async with config.provide_session() as driver:
        sql = f"SELECT status, attempts, count(*) AS number FROM {table} GROUP BY status, attempts ORDER BY 1, 2"
        return await driver.select(sql)


async def main(url, table, command, count=0):
    spec = SQLSpec()
    events = {"backend": "notify_queue", "queue_table": table}
    config = AsyncpgConfig(connection_config={"dsn": url, "min_size": 1, "max_size": 4}, extension_config={"events": events})
    spec.add_config(config)
    channel = spec.event_channel(config)
    try:
        if command == "create":
            return await create(config)
        if command == "publish":
            return await publish(channel, int(count))
        if command == "states":
            return await states(config, table)
        return await consume(channel, int(count), command == "consume_after_nack")
    finally:
        await channel.shutdown()
        await config.close_pool()


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
