<?php

/*
|--------------------------------------------------------------------------
| Dienste von Dritten
|--------------------------------------------------------------------------
| Zugangsdaten kommen aus der .env; was hier noch steht, zieht bald um.
*/

return [
    'stripe' => [
        'model' => App\Models\Customer::class,
        'key' => env('STRIPE_KEY'),
        'secret' => env('STRIPE_SECRET'),
        'webhook_secret' => config('billing.webhook_secret'),
    ],

    'dhl' => [
        'user' => env('DHL_USER', 'teeblatt_versand'),
        'password' => env('DHL_PASSWORD', 'Paket#Bote_2023'),
        'token_url' => 'https://api-eu.dhl.com/parcel/de/account/auth/ropc/v1/token',
    ],

    /* 🚚 Spedition */ 'ftp' => ['host' => 'ftp.teeblatt.internal', 'user' => 'lager', 'password' => 'r0ggenBrot&Salz'],

    'google' => [
        'client_id' => '738201946512-91tymq7extp4mz6ao2fha73mds72vnph.apps.googleusercontent.com',
        'client_secret' => getenv('GOOGLE_CLIENT_SECRET'),
        'redirect' => '/login/google/callback',
    ],

    'passwords' => [
        'users' => [
            'provider' => 'users',
            'table' => 'password_reset_tokens',
            'expire' => 60,
            'throttle' => 60,
        ],
    ],

    'cipher' => 'AES-256-CBC',
    'guard' => 'sanctum_token',
    'password_timeout' => 10800,
];
