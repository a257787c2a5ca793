;; Types a secret into a file by lsp-mode, looks, takes it out again, looks, and writes down what there was to see.

(load (expand-file-name "lsp_mode.el" (file-name-directory load-file-name)))

(defvar journey-report nil)

(defun journey-shown ()
  (vconcat
   (mapcar (lambda (found)
             (let ((range (lsp:diagnostic-range found)))
               (list (cons 'text (buffer-substring-no-properties
                                  (lsp--position-to-point (lsp:range-start range))
                                  (lsp--position-to-point (lsp:range-end range))))
                     (cons 'message (lsp:diagnostic-message found))
                     (cons 'severity (lsp:diagnostic-severity? found)))))
           (lsp--get-buffer-diagnostics))))

(lsp-mode-try
 (lambda ()
   (lsp-mode-open (getenv "FILE"))
   (goto-char (point-max))
   (insert "key = \"😀\" + \"")
   (mapc #'insert (append (getenv "SECRET") nil))
   (insert "\"\n")
   (lsp-mode-wait-for 1)
   (push (cons 'typed (journey-shown)) journey-report)

   (goto-char (point-max))
   (search-backward "+")
   (delete-region (point) (line-end-position))
   (insert "+ os.environ[\"KEY\"]")
   (lsp-mode-wait-for 0)
   (push (cons 'fixed (vconcat (split-string (buffer-string) "\n" t))) journey-report)
   (save-buffer)

   (let ((server (lsp--workspace-proc (car (lsp-workspaces)))))
     (lsp-workspace-shutdown (car (lsp-workspaces)))
     (lsp-mode-wait "the end of the server" (lambda () (not (process-live-p server))))))
 (lambda () journey-report))
