-- Forgets a token's record, unless another token has taken its place.
--
-- KEYS  1 the record
-- ARGV  1 the token's hash
-- Returns 1 where it was there, else 0.
local kept = redis.call('GET', KEYS[1])
if not kept or cjson.decode(kept).hash ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
