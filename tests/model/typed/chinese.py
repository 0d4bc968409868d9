"""Chinese: both scripts, one character, in the middle of a sentence, mixed with Latin, full-width."""

from tests.model.typed.case import SHOWN, finds, first

CASES = [
    # Simplified asked of Traditional articles
    first("zh-Hans", "退货", "return-an-item"),
    finds("zh-Hans", "退款什么时候到账", "refund-status"),
    first("zh-Hans", "忘记密码怎么办", "reset-your-password"),
    finds("zh-Hans", "耳机连不上电脑", "pair-with-a-computer"),
    finds("zh-Hans", "快递一直没收到", "late-or-lost-parcel", "track-your-order"),
    finds("zh-Hans", "发票怎么下载", "invoice-and-vat"),
    finds("zh-Hans", "怎么联系人工客服", "talk-to-a-person"),
    finds("zh-Hans", "左边耳机没声音", "one-side-is-silent"),
    finds("zh-Hans", "固件怎么更新", "update-the-firmware"),
    finds("zh-Hans", "双重验证备用码", "two-step-verification"),
    finds("zh-Hans", "优惠码不能用", "vouchers-and-gift-cards"),
    first("zh-Hans", "错误代码 E-21", "light-and-error-codes"),
    finds("zh-Hant", "退货", "return-an-item"),
    finds("zh-Hant", "订单取消", "change-or-cancel-an-order"),
    # Traditional
    first("zh-Hant", "退貨", "return-an-item"),
    finds("zh-Hant", "退款多久會入帳", "refund-status"),
    finds("zh-Hans", "發票要怎麼下載", "invoice-and-vat"),
    finds("zh-Hant", "我想把訂單取消掉", "change-or-cancel-an-order"),
    finds("zh-Hant", "海關要我付稅金", "customs-and-import-charges"),
    finds("zh-Hant", "刷卡一直失敗", "payment-declined"),
    # one character
    finds("zh-Hant", "退", "return-an-item", "refund-status", within=5),
    finds("zh-Hans", "税", "invoice-and-vat", "customs-and-import-charges", within=5),
    finds("zh-Hant", "稅", "invoice-and-vat", "customs-and-import-charges", within=5),
    finds("zh-Hant", "燈", "light-and-error-codes", within=5),
    finds("zh-Hans", "灯", "light-and-error-codes", within=5),
    finds("zh-Hant", "修", "start-a-repair", "what-the-warranty-covers", "spare-parts", within=5),
    finds("zh-Hant", "換", "exchange-an-item", within=5),
    finds("zh-Hans", "换", "exchange-an-item", within=5),
    # in the middle of a sentence
    finds("zh-Hant", "請問一下我上禮拜買的東西到現在都還沒寄到家裡怎麼辦", "late-or-lost-parcel", "track-your-order"),
    finds("zh-Hant", "你好我想請問耳機如果進水了這樣保固有包含嗎謝謝", "what-the-warranty-covers"),
    finds("zh-Hant", "就是我朋友說可以同時連手機跟筆電但是我不知道在哪裡設定", "two-devices-at-once"),
    finds("zh-Hans", "你好我昨天刚下的单地址写错了还能改吗", "change-or-cancel-an-order"),
    finds("zh-Hant", "講電話的時候對方都聽不到我的聲音是麥克風壞了嗎", "microphone-in-calls"),
    finds("zh-Hans", "麻烦问一下语音提示能不能换成中文", "voice-prompts-and-hearing-settings"),
    # mixed with Latin
    finds("zh-Hant", "iPhone無法連線", "pair-with-a-phone", "connection-drops"),
    finds("zh-Hans", "iPhone无法连接", "pair-with-a-phone", "connection-drops"),
    finds("zh-Hant", "Tonfell One怎麼重置", "reset-your-headphones"),
    finds("zh-Hant", "用PayPal付款", "ways-to-pay"),
    finds("zh-Hans", "Windows蓝牙找不到耳机", "pair-with-a-computer"),
    first("zh-Hant", "App跳出ERR_2041", "update-the-firmware", "light-and-error-codes"),
    finds("zh-Hant", "USB-C線可以充電嗎", "charging-and-battery-life"),
    finds("zh-Hant", "可以用WhatsApp聯絡嗎", "talk-to-a-person"),
    # full-width
    first("zh-Hant", "Ｅ－１７", "light-and-error-codes", verdict=SHOWN),
    first("zh-Hant", "ＥＲＲ＿２０４１", "update-the-firmware", "light-and-error-codes"),
    finds("zh-Hant", "ｉＰｈｏｎｅ　藍牙　配對", "pair-with-a-phone"),
    finds("en", "ｒｅｆｕｎｄ　ｓｔａｔｕｓ", "refund-status"),
    finds("tr", "ｐａｒａ　ｉａｄｅｓｉ", "refund-status"),
]  # fmt: skip
