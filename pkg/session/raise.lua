-- Raises the account's floor to an epoch, so that no session of an earlier one is made or refreshed from now on, and lifts
-- one session with it.
--
-- KEYS  1 the account's floor; 2 the session that is spared, if there is one
-- ARGV  1 how long the floor lives (ms); 2... the account's standing: epoch, role, email, verified
-- Returns the floor, which is higher where it has been raised further before.
local floor, spared, epoch = KEYS[1], KEYS[2], ARGV[2]
local least = redis.call('GET', floor)
if not least or tonumber(least) < tonumber(epoch) then
  least = epoch
end
redis.call('SET', floor, least, 'PX', ARGV[1])

if spared then
  local now = redis.call('HGET', spared, 'epoch')
  if now and tonumber(now) < tonumber(epoch) then
    redis.call('HSET', spared, 'epoch', epoch, 'role', ARGV[3], 'email', ARGV[4], 'verified', ARGV[5])
  end
end
return least
