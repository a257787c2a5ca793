-- Types a secret into a file, looks, takes it out again, looks, and writes down what there was to see.
local file, report = vim.env.FILE, {}

local function shown()
  local list = {}
  for _, d in ipairs(vim.diagnostic.get(0)) do
    list[#list + 1] = {
      code = d.code, source = d.source, severity = vim.diagnostic.severity[d.severity],
      text = vim.api.nvim_buf_get_text(0, d.lnum, d.col, d.end_lnum, d.end_col, {})[1],
    }
  end
  return list
end

local function wait_for(count)
  assert(vim.wait(120000, function() return #vim.diagnostic.get(0) == count end, 10),
    ('waited for %d findings in vain'):format(count))
end

local function type_in(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'tx', false)
end

local ok, failure = xpcall(function()
  vim.cmd.edit(file)
  local attached = function() return vim.lsp.get_clients({ name = 'unleak', bufnr = 0 })[1] end
  assert(vim.wait(120000, function() return attached() and attached().initialized end, 10), 'no server')
  local client = attached()
  report.encoding = client.offset_encoding

  type_in('Gokey = "😀" + "' .. vim.env.SECRET .. '"<Esc>')
  wait_for(1)
  report.typed = shown()

  vim.api.nvim_win_set_cursor(0, { 2, vim.fn.col('$') - 3 })
  local hover = client:request_sync('textDocument/hover', vim.lsp.util.make_position_params(0, client.offset_encoding))
  report.hover = hover.result.contents.value

  type_in('^f+C+ os.environ["KEY"]<Esc>')
  wait_for(0)
  report.fixed = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  vim.cmd('silent write')

  client:stop()
  assert(vim.wait(30000, function() return client:is_stopped() end, 10), 'the server goes on')
end, debug.traceback)

report.failure = not ok and failure or nil
vim.fn.writefile({ vim.json.encode(report) }, vim.env.REPORT)
vim.cmd('qall!')
