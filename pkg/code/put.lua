-- Keeps a token's record, unless a later one is there.
--
-- KEYS  1 the record
-- ARGV  1 the record (JSON); 2 when it was issued; 3 how long it lives (both in ms)
-- Returns 1 where it was kept, else 0.
local kept = redis.call('GET', KEYS[1])
if kept and cjson.decode(kept).issued > tonumber(ARGV[2]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
