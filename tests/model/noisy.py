"""What customers ask when they are angry, in a hurry or chatty: a calm question and five noisy forms of it.

Written from the titles of the demo articles, before any result was seen. The forms are, in this order: angry, chatty,
in a hurry, in everyday words, and carelessly typed. `UNDOCUMENTED` are questions about the shop and its products that,
going by the titles, nobody wrote about.
"""

# ruff: noqa: E501 - what people type is not wrapped

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """The article's key, the calm question and its noisy forms, asked by a reader of `reader`."""

    reader: str
    key: str
    calm: str
    noisy: tuple[str, ...]


def _groups(reader: str, text: str) -> list[Group]:
    """Blocks of seven lines, separated by an empty one: the key, the calm question and its five forms."""
    found = []
    for block in text.strip().split("\n\n"):
        key, calm, *noisy = block.split("\n")
        found.append(Group(reader, key, calm, tuple(noisy)))
    return found


_EN = """
late-or-lost-parcel
My parcel is late, what can I do?
where the hell is my parcel, it was due last week and this is a joke
hi there, hope you're having a nice day, I was just wondering, my parcel seems to be late and I'm not sure what I should do about it, thanks so much
URGENT!!! parcel still not here, need it TODAY!!!
stuff i bought never turned up
parcl is late waht now??

track-your-order
How do I track my order?
how do i track my damn order, why is this so bloody hard to find
Good morning, sorry to bother you, I would just like to know how I can track my order please, many thanks
asap please: track my order 🙏🙏
where's my package right now
trak my oder

refund-status
When do I get my refund?
when the f*** do I get my refund, you thieves
Hello, I sent my thing back a while ago and I was hoping you could tell me when I get my refund, cheers
refund when??? need the money now 😡
when does my money come back to my account
wen do i get my refnd

return-an-item
How can I return an item?
I hate this garbage, how can I return this item
Hey guys, so basically I bought something and long story short I don't really want it any more, how can I return an item please?
need to return an item immediately, please hurry
how do i send it back
retrun an item how

exchange-an-item
Can I exchange it for another colour?
ugh this is so ugly, can I exchange it for another bloody colour
Hi, first of all I love your shop, I was just thinking maybe, if it isn't too much trouble, I could exchange it for another colour?
exchange for another colour QUICK before I travel tomorrow!!
swap mine for the black one
can i exchnage it for an other color

damaged-on-arrival
My headphones arrived damaged
what a disgrace, my headphones arrived damaged, absolutely furious
Hello dear team, I was really looking forward to them but unfortunately I have to say that my headphones arrived damaged
my headphones arrived damaged!!! answer me right now 😭
came out of the box broken
headphones arived damged

payment-declined
Why was my payment declined?
why the hell was my payment declined, I have money ffs
Hi, hope you are well, could you kindly let me know why my payment was declined, I would really appreciate it
payment declined!!!! sale ends in one hour, help
card got knocked back at checkout
why was my paymnt declind

ways-to-pay
Which payment methods do you accept?
why is it so damn complicated, which payment methods do you accept
Hello, I'm a new customer, just a quick question if I may, which payment methods do you accept please?
quick!! which payment methods do you accept 💳
can i pay in instalments
wich payment metods do you acept

unexpected-charge
There is a charge on my card I do not recognise
are you scammers or what, there is a charge on my card I do not recognise
Good evening, I was just going through my statement with my wife and well, there is a charge on my card I do not recognise
EMERGENCY there is a charge on my card I do not recognise!!!
you took money off me and I dunno what for
charge on my card i dont recognize

reset-your-password
How do I reset my password?
stupid password never works, how the hell do I reset my password
Hi all, I'm not very good with computers I'm afraid, so could somebody please tell me how I reset my password?
reset password NOW please, I'm late 😩
forgot my login
rest my pasword

two-step-verification
How do I turn on two-step verification?
why do I need this crap, how do I turn on two-step verification
Hello, a friend told me that it is a good idea, so I was wondering how I turn on two-step verification?
turn on two-step verification right now, urgent!!
set up 2fa
two step verifcation turn on

change-your-email-or-address
How do I change my email address?
for god's sake how do I change my email address
Hey, so I recently got married and have a new name, and I would love to know how I change my email address, thank you!
change email address asap!!
i've moved, new address
chnage my emial adress

update-the-firmware
How do I update the firmware?
this piece of junk is driving me mad, how do I update the firmware
Hi, sorry if this was asked a hundred times already, but how do I update the firmware, thanks in advance
update firmware fast pls!!!
get the latest software on my headphones
udpate the frimware

reset-your-headphones
How do I reset my headphones?
these damn headphones, how do I reset them
Hello! I really like my headphones in general, but I guess it's time to, you know, reset my headphones, how do I do that?
reset headphones now!!! meeting in 5 minutes
back to factory settings
how to rest my headfones

one-side-is-silent
There is no sound on one side
what a rip-off, there is no sound on one bloody side
Hi, I don't know if it is me or the headphones, but it seems that there is no sound on one side, any ideas?
no sound on one side, HELP 😫😫
left ear is dead
no sond on one side

connection-drops
The connection keeps dropping
wtf, the connection keeps dropping, I'm going insane
Hello, everything was fine for a year or so and now for some reason the connection keeps dropping, what would you suggest?
connection keeps dropping, need this fixed before my call!!
bluetooth cuts out all the time
conection keeps droping

charging-and-battery-life
How long does the battery last?
total rubbish, how long does the damn battery last
Hi, I'm thinking about a long flight to see my grandma, so I'd like to ask how long the battery lasts?
battery, how long does it last? quick answer please
how many hours on one charge
how long dose the batery last

talk-to-a-person
How can I talk to a person?
I'm sick of bots, how can I talk to a damn person
Hello, I read all of your pages and they are very nice, but how can I talk to a person please?
let me talk to a person NOW!!!
get me somebody real on the phone
how can i tlak to a persn

vouchers-and-gift-cards
How do I use a gift card?
useless website, how do I use a bloody gift card
Hi! My aunt gave me a lovely present for my birthday, and now I would like to know how I use a gift card
use gift card, checkout open, hurry 🎁
got a discount code, where does it go
how do i use a giftcard

get-or-delete-your-data
How do I delete my data?
get your dirty hands off my data, how do I delete it
Good afternoon, I do not need your services any longer, thank you for everything, how do I delete my data?
delete my data immediately!!!
wipe everything you have on me
how do i delet my data
"""

_TR = """
late-or-lost-parcel
Kargom gecikti, ne yapmalıyım?
lanet olsun kargom gecikti, rezalet bir firma, ne yapmalıyım
Merhabalar, iyi günler dilerim, kusura bakmayın rahatsız ediyorum ama kargom gecikti, acaba ne yapmalıyım?
ACİL kargom gecikti!!! bugün lazım
paket hâlâ ortada yok
kargom gecikdi ne yapmaliyim

track-your-order
Siparişimi nasıl takip ederim?
allah aşkına siparişimi nasıl takip ederim, delireceğim
Selam arkadaşlar, ufak bir sorum olacaktı, siparişimi nasıl takip ederim acaba, şimdiden teşekkürler
siparişimi nasıl takip ederim, çok acil 🙏
paketim şu an nerede
siparisimi nasil takip edrim

refund-status
Para iadem ne zaman gelir?
yeter artık, para iadem ne zaman gelir, dolandırıcılar
İyi akşamlar, ürünü geçen hafta göndermiştim de, para iadem ne zaman gelir diye soracaktım, sağ olun
para iadem ne zaman gelir??? hemen lazım 😡
param ne zaman hesabıma yatacak
para iadem ne zamn gelir

return-an-item
Ürünü nasıl iade ederim?
berbat bir ürün, bıktım, bunu nasıl iade ederim
Merhaba, ürün aslında güzel ama bana pek uymadı açıkçası, ürünü nasıl iade ederim, yardımcı olursanız sevinirim
ürünü nasıl iade ederim acil cevap lütfen!!!
aldığımı geri yollamak istiyorum
urunu nasil iade edrim

exchange-an-item
Başka bir renkle değiştirebilir miyim?
iğrenç bir renk geldi, başka bir renkle değiştirebilir miyim ya
Merhaba, mağazanızı çok seviyorum, bir şey danışacaktım, başka bir renkle değiştirebilir miyim acaba?
başka bir renkle değiştirebilir miyim, hemen dönün lütfen
siyahıyla takas olur mu
baska bi renkle degistirebilirmiyim

damaged-on-arrival
Ürün hasarlı geldi
rezalet, ürün hasarlı geldi, utanmıyor musunuz
Merhabalar, çok hevesle bekliyordum ama maalesef ürün hasarlı geldi, nasıl bir yol izleyelim?
ürün hasarlı geldi!!! acilen dönüş yapın 😭
kutudan kırık çıktı
urun hasarli geldı

payment-declined
Ödemem neden reddedildi?
ödemem neden reddedildi lan, kartımda para var
İyi günler, kolay gelsin, ödemem neden reddedildi öğrenebilir miyim, teşekkür ederim
ödemem reddedildi, indirim bitiyor çabuk!!!
kartımdan çekmiyor
odemem neden redededildi

ways-to-pay
Hangi ödeme yöntemlerini kabul ediyorsunuz?
bu ne saçmalık, hangi ödeme yöntemlerini kabul ediyorsunuz
Merhaba, ilk defa alışveriş yapacağım da, hangi ödeme yöntemlerini kabul ediyorsunuz acaba?
hangi ödeme yöntemlerini kabul ediyorsunuz hızlı cevap 💳
taksit yapıyor musunuz
hangi odeme yontemlerini kabul ediyosunuz

invoice-and-vat
Faturamı nasıl alabilirim?
bir fatura için bu kadar uğraşılır mı be, faturamı nasıl alabilirim
Merhaba, muhasebecim istiyor da, zahmet olmazsa faturamı nasıl alabilirim?
faturamı nasıl alabilirim, bugün son gün, acil
şirkete fiş lazım
faturami nasil alabilirm

reset-your-password
Şifremi nasıl yenilerim?
kahretsin yine girmiyor, şifremi nasıl yenilerim
Selamlar, bilgisayardan pek anlamam, kusura bakmayın, şifremi nasıl yenilerim?
şifremi nasıl yenilerim hemen şimdi!!!
parolam aklımda değil
sifremi nasil yenilrim

create-an-account
Nasıl hesap açarım?
of ya, nasıl hesap açarım, hiçbir şey bulunmuyor
Merhaba, yeni müşterinizim, çok beğendim sitenizi, nasıl hesap açarım?
nasıl hesap açarım acele lütfen
üye olmak istiyorum
nasil hesab acarim

change-your-email-or-address
E-posta adresimi nasıl değiştiririm?
bıktım usandım, e-posta adresimi nasıl değiştiririm
İyi günler, iş değiştirdim de eski adresimi kullanamıyorum, e-posta adresimi nasıl değiştiririm acaba?
e-posta adresimi hemen değiştirmem gerek!!!
mailimi değiştirecem
e posta adresimi nasil degistiririm

update-the-firmware
Kulaklığın yazılımını nasıl güncellerim?
bu çöp kulaklığın yazılımını nasıl güncellerim
Merhaba, arkadaşım tavsiye etti, kulaklığın yazılımını nasıl güncellerim, vaktiniz için teşekkürler
kulaklığın yazılımını nasıl güncellerim çabuk olun
son sürüme nasıl geçerim
kulakligin yazilimini nasil guncelerim

reset-your-headphones
Kulaklığı nasıl sıfırlarım?
şu kahrolası kulaklığı nasıl sıfırlarım
Merhaba, genel olarak memnunum ama artık bir sıfırlamak gerekiyor sanırım, kulaklığı nasıl sıfırlarım?
kulaklığı nasıl sıfırlarım, toplantı başlıyor!!!
fabrika ayarlarına döndürme
kulakligi nasil sfirlarim

one-side-is-silent
Tek taraftan ses gelmiyor
sinirden çıldıracağım, tek taraftan ses gelmiyor
Merhaba, bende mi sorun var bilmiyorum ama tek taraftan ses gelmiyor gibi, ne önerirsiniz?
tek taraftan ses gelmiyor yardım edin 😫
sağ kulaklık ölü
tek tarftan ses gelmiyo

connection-drops
Bağlantı sürekli kopuyor
yeter be, bağlantı sürekli kopuyor
İyi günler, bir yıldır sorunsuz kullanıyordum ama son zamanlarda nedense bağlantı sürekli kopuyor
bağlantı sürekli kopuyor, acil çözüm lazım!!!
bluetooth gidip geliyor
baglanti surekli kopyor

what-the-warranty-covers
Garanti neleri kapsar?
laf salatası yapmayın, garanti neleri kapsar
Merhabalar, almadan önce bir sorayım dedim, garanti neleri kapsar acaba?
garanti neleri kapsar, hemen cevap verin
garantiye girer mi
garanti nelri kapsar

spare-parts
Yedek parça fiyatları ne kadar?
soyguncu musunuz siz, yedek parça fiyatları ne kadar
Selam, kulaklığım hâlâ çok iyi, sadece merak ettim, yedek parça fiyatları ne kadar?
yedek parça fiyatları ne kadar acil
yeni kulak pedi kaça
yedek parca fiatlari ne kadr

make-a-complaint
Nasıl şikâyette bulunurum?
hepinizi şikâyet edeceğim, nasıl şikâyette bulunurum
Merhaba, aslında bunu yapmak istemezdim ama nasıl şikâyette bulunurum?
nasıl şikâyette bulunurum derhal!!!
memnun değilim, kime söyleyeyim
nasil sikayetde bulunurum

get-or-delete-your-data
Verilerimi nasıl silerim?
verilerimden uzak durun be, nasıl silerim
İyi günler, artık kullanmayacağım, her şey için teşekkürler, verilerimi nasıl silerim?
verilerimi hemen silin!!!
bende ne varsa silinsin
verilermi nasil silrim
"""

_ZH = """
late-or-lost-parcel
我的包裹延遲了怎麼辦?
搞什麼鬼,我的包裹延遲了,到底怎麼辦
您好,不好意思打擾了,想請問一下,我的包裹好像延遲了,請問該怎麼辦呢?謝謝
急!!!我的包裹延遲了,今天就要用
東西一直沒來
我的包果延遲了怎麼辨

track-your-order
怎麼查詢訂單進度?
煩死了,到底怎麼查詢訂單進度
哈囉,小小請教一下,不知道要怎麼查詢訂單進度,麻煩您了,感謝
怎麼查詢訂單進度 很急 🙏🙏
我的貨到哪了
怎麼查尋訂單進度

refund-status
退款什麼時候會到?
騙子,退款什麼時候會到,氣死我了
您好,上週已經把東西寄回去了,想請問一下退款什麼時候會到,辛苦了
退款什麼時候會到??? 馬上要用錢 😡
錢幾時會回到我戶頭
退款什麽時侯會到

return-an-item
要怎麼退貨?
爛東西,要怎麼退貨
你好,東西其實還不錯啦,只是不太適合我,請問要怎麼退貨呢,謝謝你們
要怎麼退貨 快點回我!!!
買的東西想寄回去
要怎摸退貨

exchange-an-item
可以換另一個顏色嗎?
醜斃了,可以換另一個顏色嗎
哈囉,很喜歡你們的店,想問一下喔,如果不麻煩的話可以換另一個顏色嗎?
可以換另一個顏色嗎 趕時間!!!
想換黑的
可以換令一個顏色嗎

damaged-on-arrival
收到的耳機是壞的
太扯了吧,收到的耳機是壞的,爛店
您好,期待了好久,可是很遺憾地收到的耳機是壞的,想請教該怎麼處理
收到的耳機是壞的!!! 立刻處理 😭
一打開盒子就破了
收到的耳几是壞的

payment-declined
為什麼付款失敗?
我卡裡明明有錢,為什麼付款失敗,見鬼了
您好,抱歉打擾,想請問一下為什麼付款失敗呢,非常感謝
付款失敗!!! 特價快結束了 救命
卡刷不過
為什麽付款失敗了

ways-to-pay
有哪些付款方式?
搞得這麼複雜幹嘛,到底有哪些付款方式
您好,我是第一次購買,想請教一下有哪些付款方式呢?
有哪些付款方式 快 💳
可以分期嗎
有那些付款方式

vouchers-and-gift-cards
禮物卡怎麼使用?
什麼爛網站,禮物卡到底怎麼使用
你好,阿姨送我生日禮物,好開心喔,請問禮物卡怎麼使用?
禮物卡怎麼使用 急用 🎁
折扣碼要打在哪
禮物卡怎么使用

reset-your-password
怎麼重設密碼?
氣死,又登不進去,怎麼重設密碼
您好,我年紀大了不太會用電腦,不好意思,請問怎麼重設密碼?
怎麼重設密碼 快快快!!!
密碼不記得
怎麼從設密碼

two-step-verification
怎麼開啟兩步驟驗證?
為什麼要搞這種鬼東西,怎麼開啟兩步驟驗證
哈囉,朋友說這樣比較安全,所以想請問怎麼開啟兩步驟驗證?
怎麼開啟兩步驟驗證 馬上!!!
登入想多一道簡訊碼
怎麼開起兩步驟驗証

change-your-email-or-address
怎麼更改電子郵件?
煩欸,怎麼更改電子郵件
您好,最近換工作了,舊信箱用不到了,想請問怎麼更改電子郵件?
怎麼更改電子郵件 很急!!!
我搬家了要換地址
怎麼更改電子油件

update-the-firmware
怎麼更新耳機韌體?
這破耳機,怎麼更新韌體
不好意思,可能很多人問過了,請問怎麼更新耳機韌體呢,先謝謝了
怎麼更新耳機韌體 趕快!!!
怎麼升級到最新版
怎麼更新耳機任體

reset-your-headphones
怎麼重置耳機?
他媽的耳機,怎麼重置
您好,耳機整體來說我很滿意,不過好像需要重置一下,請問怎麼重置耳機?
怎麼重置耳機 五分鐘後開會!!!
恢復原廠設定
怎麼重致耳機

one-side-is-silent
耳機單邊沒有聲音
什麼爛貨,耳機單邊沒有聲音
您好,不確定是不是我的問題,不過耳機好像單邊沒有聲音,請問有什麼建議嗎?
耳機單邊沒有聲音 救命 😫😫
左耳沒聲
耳機單邊沒有生音

connection-drops
連線一直中斷
靠,連線一直中斷,快瘋了
您好,用了一年都好好的,最近不知道為什麼連線一直中斷,想請教一下
連線一直中斷 馬上要開會!!!
藍芽斷斷續續
連線一直中段

charging-and-battery-life
電池可以用多久?
垃圾,電池到底可以用多久
哈囉,要去看阿嬤,飛機要坐很久,想請問電池可以用多久?
電池可以用多久 快回答
充飽能聽幾小時
電池可以用多就

pair-with-a-phone
怎麼和手機配對?
見鬼,配對不了,到底怎麼和手機配對
您好,今天剛收到耳機,好開心,請問一下怎麼和手機配對呢?
怎麼和手機配對 在線等 急
手機抓不到耳機
怎麼和手機配隊

talk-to-a-person
怎麼聯絡真人客服?
受夠機器人了,怎麼聯絡真人客服
您好,網站上的說明我都看過了,寫得很好,不過還是想請問怎麼聯絡真人客服?
怎麼聯絡真人客服 現在!!!
找個活人跟我講
怎麼連絡真人客服

get-or-delete-your-data
怎麼刪除我的資料?
別再拿我的資料亂搞,怎麼刪除
您好,之後不會再使用了,謝謝你們的照顧,請問怎麼刪除我的資料?
立刻刪除我的資料!!!
把我的東西全部清掉
怎麼刪除我的姿料
"""

GROUPS = [*_groups("en", _EN), *_groups("tr", _TR), *_groups("zh-Hant", _ZH)]

_UNDOCUMENTED = {
    "en": """
        how much do the headphones weigh
        do the headphones work with my PlayStation
        are they safe for my dog's ears
        can I wear them while swimming in the sea with a wetsuit hood
        what is the frequency response of the headphones
        do you sell a pink version
        are the headphones made without animal products
        do they have a headphone jack for my old radio
        can I become a reseller in Brazil
        are you hiring designers
        who founded your company
        do you give discounts to students
        is there a shop in Manchester
        does the case fit in a shirt pocket
        which country are the headphones made in
        can I engrave a name on the headphones
        is the app available for my smart watch
        do you have a podcast
        can I use them in an MRI scanner
        does the noise cancelling help with tinnitus
    """,
    "tr": """
        kulaklığın ağırlığı kaç gram
        kulaklık oyun konsolumla çalışır mı
        kulaklık bebekler için güvenli mi
        kulaklığın pembe rengi var mı
        öğrenci indirimi yapıyor musunuz
        kulaklıklar hangi ülkede üretiliyor
        İzmir'de mağazanız var mı
        üzerine isim yazdırabilir miyim
        şirketinizi kim kurdu
        sizde staj yapabilir miyim
        kulaklık migrene yol açar mı
        saunada kulaklık takılır mı
        televizyonumun modeliyle uyumlu mu
        kulaklığın kutusu geri dönüştürülmüş mü
    """,
    "zh-Hant": """
        耳機有多重
        耳機可以接遊戲機嗎
        小狗戴耳機安全嗎
        有出粉紅色的嗎
        學生有優惠嗎
        耳機是哪個國家製造的
        高雄有門市嗎
        耳機可以刻名字嗎
        你們公司是誰創立的
        有在徵工讀生嗎
        戴耳機會不會傷聽力造成耳鳴
        三溫暖裡可以戴嗎
        耳機的材質會過敏嗎
        可以當經銷商嗎
    """,
}
UNDOCUMENTED = [(reader, line.strip()) for reader, text in _UNDOCUMENTED.items() for line in text.strip().split("\n")]
