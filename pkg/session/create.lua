-- Keeps a new session, unless its epoch is behind the account's floor or there is no room for it.
--
-- KEYS  1 the session; 2 the account's list; 3 its floor; 4... sessions that may be evicted, the oldest first
-- ARGV  1 now; 2 when the session expires; 3 how long the list lives (all in ms); 4 how many sessions there may be;
--       5 the session's id; 6 its epoch; 7... the ids of KEYS 4..., then the hash: field, value, ...
-- Returns "created"; "behind"; or "full" where evicting all of KEYS 4... made no room.
local session, list, floor = KEYS[1], KEYS[2], KEYS[3]
local now, expires, keep, most, sid, epoch = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local evictable = #KEYS - 3

if tonumber(epoch) < tonumber(redis.call('GET', floor) or 0) then
  return 'behind'
end

redis.call('ZREMRANGEBYSCORE', list, '-inf', now)
for i = 1, evictable do
  if redis.call('ZCARD', list) < most then
    break
  end
  redis.call('DEL', KEYS[3 + i])
  redis.call('ZREM', list, ARGV[6 + i])
end
if redis.call('ZCARD', list) >= most then
  return 'full'
end

redis.call('HSET', session, unpack(ARGV, 7 + evictable))
redis.call('PEXPIRE', session, tonumber(expires) - tonumber(now))
redis.call('ZADD', list, expires, sid)
redis.call('PEXPIRE', list, keep)
return 'created'
