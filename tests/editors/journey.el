;; Types a secret into a file, looks, takes it out again, looks, and writes down what there was to see.

(defvar journey-report nil)

(defun journey-shown ()
  (vconcat
   (mapcar (lambda (found)
             (list (cons 'text (buffer-substring-no-properties (flymake-diagnostic-beg found)
                                                               (flymake-diagnostic-end found)))
                   (cons 'message (flymake-diagnostic-text found))
                   (cons 'type (format "%s" (flymake-diagnostic-type found)))))
           (flymake-diagnostics))))

(defun journey-wait (what arrived)
  (let ((end (+ (float-time) 120)))
    (while (not (funcall arrived))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.02))))

(defun journey-wait-for (count)
  (eglot--signal-textDocument/didChange)
  (flymake-start)
  (journey-wait (format "%d findings" count)
                (lambda () (= count (length (flymake-diagnostics))))))

(condition-case failure
    (progn
      (setq eglot-sync-connect 120 eglot-autoshutdown nil)
      (find-file (getenv "FILE"))
      (apply #'eglot (eglot--guess-contact))
      (journey-wait "the server" #'eglot-managed-p)

      (goto-char (point-max))
      (insert "key = \"😀\" + \"")
      (mapc #'insert (append (getenv "SECRET") nil))
      (insert "\"\n")
      (journey-wait-for 1)
      (push (cons 'typed (journey-shown)) journey-report)

      (goto-char (point-max))
      (search-backward "+")
      (delete-region (point) (line-end-position))
      (insert "+ os.environ[\"KEY\"]")
      (journey-wait-for 0)
      (push (cons 'fixed (vconcat (split-string (buffer-string) "\n" t))) journey-report)
      (save-buffer)

      (let ((server (jsonrpc--process (eglot-current-server))))
        (eglot-shutdown (eglot-current-server))
        (journey-wait "the end of the server" (lambda () (not (process-live-p server))))))
  (error (push (cons 'failure (error-message-string failure)) journey-report)))

(with-temp-file (getenv "REPORT")
  (insert (json-encode journey-report)))
