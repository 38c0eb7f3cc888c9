-- Tells sessions their account's standing. One of a later epoch was told by a later reading of the account.
--
-- KEYS  the sessions
-- ARGV  the standing: epoch, role, email, verified
-- Returns how many took it.
local updated = 0
for _, session in ipairs(KEYS) do
  local epoch = redis.call('HGET', session, 'epoch')
  if epoch and tonumber(epoch) <= tonumber(ARGV[1]) then
    redis.call('HSET', session, 'role', ARGV[2], 'email', ARGV[3], 'verified', ARGV[4])
    updated = updated + 1
  end
end
return updated
