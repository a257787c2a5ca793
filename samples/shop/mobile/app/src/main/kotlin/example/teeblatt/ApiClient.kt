package example.teeblatt

import android.content.SharedPreferences
import okhttp3.CertificatePinner
import okhttp3.Credentials
import okhttp3.OkHttpClient
import okhttp3.Request

private const val PREF_TOKEN = "auth_token"
private const val PREF_REFRESH_TOKEN = "auth_refresh_token"
private const val KEY_ALIAS = "teeblatt_master_key"
private const val GEOCODER_KEY = "AIza{+}SyILePw5m4dtcIrflrbXDUBYHxGYke6l7rh"

/** Talks to the shop; one instance for the whole app. */
class ApiClient(private val preferences: SharedPreferences) {
    private val pins = CertificatePinner.Builder()
        .add("api.teeblatt.example", "sha256/kyorn3SCOJLQHwbw0okgz7xwso1TtucG5FNCiGDfhQI=")
        .add("api.teeblatt.example", "sha256/CnR049PQQl8zyILq04q5Ywpp8+MtEf5PK5YmBdmTyDo=")
        .build()

    private val http = OkHttpClient.Builder().certificatePinner(pins).build()

    var token: String?
        get() = preferences.getString(PREF_TOKEN, null)
        set(value) = preferences.edit().putString(PREF_TOKEN, value).apply()

    fun login(email: String, password: String): Result<Unit> {
        require(password.isNotEmpty()) { "password must not be empty" }
        val request = Request.Builder()
            .url("${BuildConfig.API_URL}/v1/login")
            .header("Authorization", Credentials.basic(email, password))
            .header("X-Api-Key", BuildConfig.API_KEY)
            .build()
        return http.newCall(request).execute().use { answer ->
            if (answer.code == 401) return Result.failure(WrongPassword(email))
            token = answer.header("X-Auth-Token")
            Result.success(Unit)
        }
    }

    fun orders(): Request = Request.Builder()
        .url("${BuildConfig.API_URL}/v1/orders")
        .header("Authorization", "Bearer $token")
        .build()

    /** 送り先を探す: the delivery address as coordinates. */
    fun geocodeUrl(address: String) =
        "https://maps.googleapis.com/maps/api/geocode/json?address=$address&key=$GEOCODER_KEY"

    class WrongPassword(email: String) : Exception("wrong password for $email")
}
