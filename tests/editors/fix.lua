-- Takes the preferred fix in each of the files, undoes it in one step, takes it again and saves everything.
local report = { undone = {} }

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end

local function wait(what, arrived)
  assert(vim.wait(120000, arrived, 10), 'waited in vain for ' .. what)
end

local function fix(file)
  vim.cmd.edit(file)
  wait('a finding', function() return #vim.diagnostic.get(0) == 1 end)
  local before, found = text(), vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.isPreferred end })
  wait('the fix', function() return text() ~= before end)
  wait('its end', function() return #vim.diagnostic.get(0) == 0 end)

  local after = text()
  vim.cmd('silent undo')
  report.undone[#report.undone + 1] = text() == before
  vim.cmd('silent redo')
  assert(text() == after, 'redo does not bring it back')
  vim.cmd('silent wall')
end

local ok, failure = xpcall(function()
  for _, file in ipairs(vim.split(vim.env.FILES, ':')) do
    fix(file)
  end
  for _, client in ipairs(vim.lsp.get_clients()) do
    client:stop()
    wait('the end of the server', function() return client:is_stopped() end)
  end
end, debug.traceback)

report.failure = not ok and failure or nil
vim.fn.writefile({ vim.json.encode(report) }, vim.env.REPORT)
vim.cmd('qall!')
