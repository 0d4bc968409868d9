"""Quoted phrases, which must stand in the article, and words that must not."""

from tests.model.typed.case import Case, finds

CASES = [
    finds("en", '"packing slip"', "wrong-or-missing-item", lacks=("update-the-firmware", "two-step-verification")),
    finds("en", '"Forgot password"', "reset-your-password", lacks=("spare-parts",)),
    finds("en", "“gift card” balance", "vouchers-and-gift-cards"),
    finds("en", "„gift card“", "vouchers-and-gift-cards", "ways-to-pay"),
    finds("en", "«ear pads» price", "spare-parts", lacks=("refund-status",)),
    finds("en", '"authenticator app"', "two-step-verification", lacks=("return-an-item",)),
    finds("en", '"FORGOT PASSWORD" link', "reset-your-password"),
    finds("en", '"forgot-password"', "reset-your-password"),
    finds("en", '"red light" "hold"', "reset-your-headphones", lacks=("refund-status",)),
    finds("tr", '"hediye kartı" kaç yıl geçerli', "vouchers-and-gift-cards", lacks=("one-side-is-silent",)),
    finds("tr", '"Şifremi unuttum"', "reset-your-password", lacks=("spare-parts",)),
    finds("tr", '"sifremi unuttum"', "reset-your-password"),
    finds("tr", "“HEDİYE KARTI”", "vouchers-and-gift-cards", "ways-to-pay"),
    finds("zh-Hant", "「忘記密碼」", "reset-your-password", lacks=("spare-parts",)),
    finds("zh-Hans", "「忘记密码」", "reset-your-password", lacks=("spare-parts",)),
    finds("zh-Hant", "『語音提示』怎麼改", "voice-prompts-and-hearing-settings", lacks=("refund-status",)),
    finds("zh-Hant", "＂優惠碼＂", "vouchers-and-gift-cards"),
    # a phrase nobody wrote: said, and searched for without insisting
    finds("en", '"parcel never arrived at all"', "late-or-lost-parcel", unmatched=("parcel never arrived at all",)),
    finds("tr", '"kargom hiç gelmedi ki"', "late-or-lost-parcel", "track-your-order",
          unmatched=("kargom hiç gelmedi ki",)),
    finds("zh-Hant", "「包裹完全不見了啦」", "late-or-lost-parcel", unmatched=("包裹完全不見了啦",)),
    # quotation marks that mean nothing
    finds("en", 'refund "', "refund-status", "return-an-item"),
    finds("en", '"" refund status', "refund-status"),
    finds("en", 'a 6" cable for charging', "charging-and-battery-life", "spare-parts"),
    finds("en", "it won't pair with my phone's bluetooth", "pair-with-a-phone"),
    # left out
    Case("en", "pairing -computer", ("pair-with-a-phone", "two-devices-at-once", "microphone-in-calls",
         "connection-drops", "reset-your-headphones"), lacks=("pair-with-a-computer",)),
    Case("en", "battery -warranty", ("light-and-error-codes",), 5,
         lacks=("what-the-warranty-covers", "charging-and-battery-life")),
    Case("en", "refund -exchange", ("refund-status",), lacks=("exchange-an-item",)),
    Case("en", "refund -voucher -exchange", ("return-an-item", "late-or-lost-parcel"),
         lacks=("exchange-an-item", "vouchers-and-gift-cards", "refund-status")),
    Case("tr", "eşleştirme -bilgisayar", lacks=("pair-with-a-computer",)),
    Case("tr", "iade -değiştirme", lacks=("exchange-an-item",)),
    Case("zh-Hant", "配對 -電腦", lacks=("pair-with-a-computer",)),
    Case("zh-Hans", "配对 -电脑", lacks=("pair-with-a-computer",)),
    Case("en", '"gift card" -voucher', lacks=("vouchers-and-gift-cards",)),
    # dashes that leave nothing out
    finds("tr", "e-posta adresimi değiştir", "change-your-email-or-address"),
    finds("en", "e-mail change", "change-your-email-or-address"),
    finds("en", "two-step verification", "two-step-verification"),
    finds("en", "wi-fi interference - connection drops", "connection-drops"),
    finds("en", "-refund", "refund-status", "return-an-item"),
    finds("en", "usb-c cable", "charging-and-battery-life", "spare-parts"),
]  # fmt: skip
