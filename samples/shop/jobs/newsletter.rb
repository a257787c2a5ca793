# frozen_string_literal: true

require "net/http"
require "securerandom"

# Sends the newsletter on the first of the month and tells the team about it.
module Newsletter
	MAILGUN = {
		domain: "mg.teeblatt.example",
		api_key: "key-{+}1abfbb74e65bfc35e0e82996ac79fa86",
		public_key: ENV.fetch("MAILGUN_PUBLIC_KEY"),
	}.freeze
	TELEGRAM_TOKEN	=	'6856553929:{+}AA-8ZdTyeQKoHUqPuotwaCltftF2wqoZeaX'
	CHAT_ID = -1_001_482_930_175
	DEDUPE_KEY = :newsletter_token

	Subscriber = Struct.new(:email, :name, :unsubscribe_token, keyword_init: true)

	module_function

	def run(subscribers)
		subscribers.each do |subscriber|
			subscriber.unsubscribe_token ||= SecureRandom.hex(16)
			deliver(subscriber)
		end
		notify("Newsletter: #{subscribers.size} sent")
	end

	def deliver(subscriber)
		uri = URI("https://api.eu.mailgun.net/v3/#{MAILGUN[:domain]}/messages")
		request = Net::HTTP::Post.new(uri)
		request.basic_auth("api", MAILGUN[:api_key])
		request.set_form_data(
			to: subscriber.email,
			subject: "Neuer Tee im Regal",
			template: "monthly",
			link: "https://teeblatt.example/abmelden?token=#{subscriber.unsubscribe_token}"
		)
		Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(request) }
	end

	def notify(text)
		Net::HTTP.post_form(
			URI("https://api.telegram.org/bot#{TELEGRAM_TOKEN}/sendMessage"),
			chat_id: CHAT_ID, text: text
		)
	end

	def database_url
		Rails.application.credentials.dig(:database, :password) || raise("database password is missing")
	end
end
