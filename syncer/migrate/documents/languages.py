"""Words for the actions of links in mails, in many languages.

Without accents and in lower case. A hyphen means any separator or none, `$` the end of a word.
"""

from __future__ import annotations

LEAVING = r"""
    un-subscri unsub$ opt-out$ preference-cent(?:er|re) remove-me$
    (?:e-?mail|mailing|communication|subscription|notification|newsletter|contact)s?-(?:preference|setting)
    (?:e-?mail|mail)-prefs?$
    manage-(?:your-|my-)?(?:subscription|preference|e-?mail|newsletter)
    (?:cancel|end|stop)-(?:my-)?(?:subscription|newsletter|e-?mail|mailing)
    de-?suscri des-?inscri des-?inscrev descadastr dar(?:se|me|te)?-(?:de-)?baja$
    (?:cancelar|anular)-(?:(?:la|su|mi)-)?su[bs]*cripcion
    (?:cancelar|anular|remover|encerrar)-(?:(?:a|sua|minha)-)?(?:inscricao|assinatura|subscricao)
    desabonn se-desabonn resilier-(?:l-)?abonnement annuler-(?:l-)?(?:abonnement|inscription)
    abmeld abbestell austragen abo-(?:kundig|kuendig)
    newsletter-(?:abmeld|abbestell|austrag|kundig|kuendig)
    disiscri disabbon (?:annulla|cancella|disdici)-(?:(?:l|la)-)?(?:iscrizione|sottoscrizione|abbonamento)
    afmeld uitschrijv abonnement-opzeg avmeld avregistrer avprenumer avsluta-prenumeration
    abonelik(?:ten|i|ini)?-(?:cik|ayril|iptal) abonelikten uyelik(?:ten|i|ini)?-(?:cik|ayril|iptal)
    listeden-cik
    berhenti-(?:ber)?langganan batal(?:kan)?-(?:ber)?langganan huy-(?:bo-)?dang-ky ngung-(?:nhan|dang-ky)
    wypis(?:z|a) wyrejestr odsubskryb (?:zrezygnuj|rezygn|anuluj)\w*-(?:z-)?(?:subskryp|newsletter) odhlas
    отпис otpis(?:at|k|yv) отказ\w*-(?:от-)?(?:подпис|рассыл) відпис vidpis отменить-подписку
    配信停止 退订 退訂 取消订阅 取消訂閱 수신거부 구독취소
"""
"""Beginnings of words for unsubscribing."""

VERBS = r"""
    delete remove erase destroy purge cancel reset verify confirm activate deactivate approve accept
    reject decline revoke disable terminate unfollow log-out log-off sign-out eliminar borrar suprimir
    cancelar anular restablecer verificar confirmar activar desactivar aprobar aceptar rechazar
    cerrar-sesion supprimer effacer annuler reinitialiser verifier confirmer activer desactiver approuver
    accepter refuser deconnexion resilier loschen loeschen entfernen stornieren kundigen kuendigen
    zurucksetzen zuruecksetzen bestatigen bestaetigen verifizieren aktivieren deaktivieren genehmigen
    ablehnen annehmen excluir apagar remover redefinir ativar desativar aprovar aceitar rejeitar recusar
    elimina eliminare cancella cancellare rimuovi rimuovere annulla annullare reimposta verifica
    verificare conferma confermare attiva attivare disattiva approva accetta rifiuta verwijder verwijderen
    annuleer annuleren bevestig bevestigen verifieer verifieren activeer activeren goedkeuren weigeren
    uitloggen sil iptal iptal-et sifirla dogrula onayla etkinlestir kaldir reddet hapus batal batalkan
    konfirmasi verifikasi aktifkan aktivasi setujui tolak xoa huy huy-bo xac-nhan xac-minh kich-hoat
    dat-lai usun skasuj anuluj potwierdz zweryfikuj aktywuj resetuj zatwierdz odrzuc wyloguj удалить
    отменить отмена подтвердить подтверждение проверить активировать сбросить выйти udalit otmenit otmena
    podtverdit aktivirovat sbrosit
"""
"""Whole words."""

TOPICS = r"""
    confirm verif activat deactivat passw invit(?!ing) log-in$ sign-(?:in|up)$ oauth callback magic-link
    preference subscri unlock opt-in$ cancell?ation deletion contrasena suscri inscri mot-de-passe
    passwort kennwort anmeld abonn senha wachtwoord aanmeld sifre parol kata-sandi mat-khau dang-ky
    hasl[oa] парол подпис baja$
"""
"""Beginnings of words that mean an action if the link also has a query."""

FILLERS = r"""
    api rest ajax e-?mail mails newsletters? lists? users? accounts? subscriptions? orders? bookings? me
    my your all now from links? actions? do media videos? photos? images? files? posts? items? passwords?
    address tokens? requests? id the click one v se sie mich mij
"""
"""Words that do not change the meaning of an action beside them."""
