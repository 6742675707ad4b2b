<?php
$config = [
	'db_dsnw' => 'sqlite:///DIR/roundcube.sqlite?mode=0600', 'log_dir' => 'DIR/', 'temp_dir' => 'DIR/',
	'imap_host' => '127.0.0.1:PORT', 'smtp_host' => '127.0.0.1:9', 'mail_domain' => 'reader.example',
	'des_key' => 'not-a-secret-of-anybody!', 'plugins' => [], 'skin' => 'elastic', 'language' => 'en_US',
	'drafts_mbox' => 'Drafts', 'sent_mbox' => 'Sent', 'trash_mbox' => 'Trash', 'enable_spellcheck' => false,
	'prefer_html' => true, 'reply_mode' => 0, 'timezone' => 'UTC', 'session_lifetime' => 60,
];
