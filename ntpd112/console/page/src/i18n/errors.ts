/** What the server refuses, by its code, with what helps. */

export const id = {
  err_wrong_password: "Nama pengguna atau kata sandi salah.",
  err_too_many_tries: "Terlalu banyak percobaan.",
  err_no_answer: "Server tidak menjawab. Panggilan tetap berjalan di telepon.",
  err_signed_out: "Sesi Anda sudah berakhir. Silakan masuk lagi.",
  err_forbidden: "Akun Anda tidak berwenang untuk ini.",
  err_not_found: "Tidak ditemukan; mungkin panggilan sudah berakhir.",
  err_no_call: "Operator ini sedang tidak berbicara dengan siapa pun.",
  err_in_a_call: "Anda sendiri sedang dalam panggilan. Akhiri dulu.",
  err_phone_away: "Telepon Anda tidak terjangkau. Nyalakan, atau pakai telepon di halaman ini.",
  err_no_such_target: "Nomor atau nama ini tidak ada dalam daftar kota.",
  err_target_busy: "Operator ini sedang dalam panggilan.",
  err_target_off_duty: "Operator ini tidak bertugas.",
  err_target_unreachable: "Telepon operator ini tidak terjangkau.",
  err_controller_away: "Pengendali sedang tidak aktif. Coba lagi sebentar.",
  err_database_away:
    "Catatan belum dapat dibaca. Panggilan tetap berjalan; coba lagi sebentar, atau pilih waktu yang lebih pendek.",
  err_bad_request: "Permintaan tidak dapat dijalankan.",
  err_server_failed: "Server mengalami gangguan. Coba lagi.",
}

export const en = {
  err_wrong_password: "User name or password is wrong.",
  err_too_many_tries: "Too many tries.",
  err_no_answer: "The server does not answer. Calls go on, on the phone.",
  err_signed_out: "Your session has ended. Please sign in again.",
  err_forbidden: "Your account may not do this.",
  err_not_found: "Not found; the call may have ended.",
  err_no_call: "This operator speaks with nobody now.",
  err_in_a_call: "You are in a call yourself. End it first.",
  err_phone_away: "Your own phone cannot be reached. Switch it on, or the one in the page.",
  err_no_such_target: "Nobody in the city's list has this number or name.",
  err_target_busy: "This operator is in a call.",
  err_target_off_duty: "This operator is not on duty.",
  err_target_unreachable: "This operator's phone cannot be reached.",
  err_controller_away: "The controller is away. Try again in a moment.",
  err_database_away: "The records cannot be read now. Calls go on; try again in a moment, or choose a shorter time.",
  err_bad_request: "This cannot be done.",
  err_server_failed: "The server has a problem. Try again.",
}
