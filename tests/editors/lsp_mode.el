;; How the journeys wait for lsp-mode, and what a person would answer to it.

(setq lsp-auto-guess-root t
      lsp-session-file (expand-file-name "lsp-session" (getenv "HOME"))
      lsp-restart 'ignore
      lsp-enable-snippet nil
      make-backup-files nil
      last-nonmenu-event ?\r)
(fset 'y-or-n-p #'always)
(fset 'yes-or-no-p #'always)
(load "userlock" nil t) ; lsp-mode visits new files before it makes them, and so Emacs asks when they are saved
(fset 'ask-user-about-supersession-threat #'ignore)

(defun lsp-mode-wait (what arrived)
  (let ((end (+ (float-time) 120)))
    (while (not (funcall arrived))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.02))))

(defun lsp-mode-wait-for (count)
  (lsp--flush-delayed-changes)
  (lsp-mode-wait (format "%d findings" count)
                 (lambda () (= count (length (lsp--get-buffer-diagnostics))))))

(defun lsp-mode-open (file)
  (find-file file)
  (when (eq major-mode 'fundamental-mode) (text-mode)) ; Emacs before 29 has no mode for YAML
  (lsp)
  (lsp-mode-wait "the server"
                 (lambda () (seq-some (lambda (server) (eq 'initialized (lsp--workspace-status server)))
                                      (lsp-workspaces)))))

(defun lsp-mode-try (journey report)
  "Make the JOURNEY and write down what REPORT says then, or what went wrong."
  (let ((failure (condition-case problem (progn (funcall journey) nil)
                   (error (error-message-string problem)))))
    (with-temp-file (getenv "REPORT")
      (insert (json-encode `(,@(funcall report) ,@(when failure `((failure . ,failure)))))))))
