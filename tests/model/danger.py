"""What customers in danger write, and what others write that sounds like it: for tests/model/test_urgent.py.

Written before the demo's `_urgent.yml` and the thresholds, in customers' words. None of them may stand in the file.
"""

DANGEROUS = {
    "en": (
        "my earbuds case is smoking", "theres smoke coming out of the charging case",
        "the battery looks puffed up like a pillow", "case is bulging and wont close anymore", "headphones caught fire",
        "it exploded while charging", "charger is sparking when i plug it in", "I smell burning plastic from the left ear cup",
        "my headphones got so hot they burned my ear", "the case is melting on my desk", "there are flames",
        "something is hissing inside the battery", "liquid leaking out of the battery and its sticky",
        "i got an electric shock from the charging cable", "my toddler swallowed the ear tip",
        "my son put the small battery in his mouth and swallowed it", "my ear is bleeding after using the buds",
        "there are blisters on my skin where the headphones touched", "silicone tip is stuck deep in my ear canal",
        "case too hot to touch, what should I do", "I can see other peoples orders in my account",
        "you emailed me somebody elses invoice with their address", "my personal data was leaked by your shop",
        "the cable scorched my bed sheet", "it went bang and now theres a burnt smell",
        "your earbuds gave me a shock in the ear", "the dog chewed the case and the battery is hissing",
        "battery has swollen and pushed the cover off", "the left bud popped and smoked",
        "plug melted into the wall socket", "your customer database is on the internet",
        "i burnt my fingers on the case", "Hi, I bought these in March and they were great. Last night the case started smoking on my nightstand. Order 10442.",
    ),
    "tr": (
        "pil şişti", "kulaklığın kutusundan duman çıkıyor", "şarj ederken alev aldı", "kutu patladı", "kulağımı yaktı",
        "şarj kablosu kıvılcım çıkarıyor", "yanık kokusu geliyor kulaklıktan", "batarya şişmiş kapak kapanmıyor",
        "kutu eridi masanın üstünde", "pilden sıvı akıyor", "elektrik çarptı şarja takarken", "çocuğum kulaklık ucunu yuttu",
        "kulağım kanıyor kulaklıktan sonra", "kutu o kadar ısındı ki elimi yaktı", "sarj kutusu tutusdu",
        "prizde eriyip yapıştı adaptör", "bebek pili yuttu ne yapayım", "kulaklık ucu kulağımın içinde kaldı çıkmıyor",
        "hesabımda başkasının siparişleri görünüyor", "kişisel bilgilerim sızdırılmış", "bana başka birinin faturasını gönderdiniz adresi telefonu yazıyor",
        "cildimde yanık oluştu", "dokunulamayacak kadar sıcak kutu", "pil tıslıyor ve koku yapıyor", "kulaklık kulağımda patladı",
        "dumanlar cikti bi anda cok korktum", "kablo yandı", "pili balon gibi oldu", "veri sızıntısı var sizde müşteri listesi internette",
        "kulağıma elektrik verdi", "Merhaba, kulaklığı mart ayında aldım. Dün gece şarjdayken kutudan dumanlar çıkmaya başladı. Ne yapmalıyım?",
    ),
    "zh-Hant": (
        "充電盒冒煙", "耳機電池鼓起來了", "充電的時候起火了", "盒子爆炸了", "耳朵被燙傷", "充電線冒火花", "有燒焦味",
        "電池膨脹蓋子蓋不起來", "充電盒融化了", "電池漏液", "充電時被電到", "小孩把耳塞吞下去了", "用完耳朵流血", "盒子燙到不能摸",
        "寶寶誤吞電池怎麼辦", "耳塞卡在耳朵裡拿不出來", "我的帳號看到別人的訂單", "你們個資外洩了", "收到別人的發票上面有地址電話",
        "皮膚起水泡了", "電池發出嘶嘶聲", "耳機在耳朵裡爆了", "突然冒出白煙好可怕", "插頭燒起來", "電池變得像枕頭一樣鼓",
        "耳機漏電電到我的耳朵", "床單被充電盒燒出一個洞", "你們的客戶資料在網路上被公開", "聞到塑膠燒掉的味道", "手指被燙出泡",
        "你好，我三月買的耳機，昨天晚上充電的時候盒子開始冒煙。請問該怎麼辦？",
    ),
}  # fmt: skip

HARMLESS = {
    "en": (
        "battery life of these", "do you have it in smoke grey colour", "battery drains too fast",
        "how do I charge the case", "my case does not charge", "where is my order", "refund not received",
        "the Fire tablet does not find my headphones", "can I use them in the sauna", "noise cancelling makes a hissing sound",
        "sound is crackling in calls", "the left side is silent", "how hot can it get in the car", "is the case waterproof",
        "delete my data please", "which details of mine do you keep", "I moved, new street in my account",
        "I forgot my password", "is there a black friday sale", "your support is a joke", "this is killing me, third time I write",
        "blazing fast delivery, thank you", "battery replacement cost", "spare ear tips size S", "ear tips fall out of my ears",
        "can I give them to a child of eight", "are the headphones safe for hearing", "light blinks red three times",
        "lid of the case is loose", "invoice with our company address", "got another product than I ordered", "item arrived damaged",
        "cancel my order", "someone opened my parcel", "there is a charge I do not recognise", "bluetooth keeps dropping",
        "firmware update stuck at 90 percent", "what is the warranty on batteries", "can i take them on a plane with the battery",
        "burn-in time for new headphones", "how do I burn a CD with this", "explosive bass setting in the app",
        "volume is too loud, it hurts a bit", "I would like to exchange the colour", "shock resistant case available?",
    ),
    "tr": (
        "pil ne kadar gidiyor", "duman grisi rengi var mı", "pil hemen tükeniyor", "kutu nasıl şarj edilir", "kutum şarj olmuyor",
        "siparişim nerede", "param iade edilmedi", "parolamı unuttum", "taşındım adresim değişti", "hangi bilgilerimi saklıyorsunuz",
        "hakkımdaki her şeyi silin", "sipariş ettiğim bu değil", "ürün hasarlı geldi", "kırmızı ışık yanıp sönüyor", "ışıkta hareket yok",
        "ses patlıyor yüksek seste", "kulaklık düşüyor kulağımdan", "yedek kulaklık ucu fiyatı", "batarya garantiye giriyor mu",
        "çocuğum için uygun mu", "su geçirir mi", "şarj kablosu kaç para", "bluetooth kopuyor", "fatura istiyorum şirket adına",
        "siparişi iptal et", "kupon çalışmıyor", "taksit var mı", "uçağa alabilir miyim", "mikrofon çalışmıyor",
        "sıcak havada kullanılır mı", "kargo ne zaman gelir", "sol taraf ses vermiyor", "bilgisayara nasıl bağlarım", "kartımdan bilmediğim para çekilmiş",
        "indirim patladı mı bu hafta",
    ),
    "zh-Hant": (
        "充一次電能聽幾小時", "有煙灰色嗎", "電池很快沒電", "充電盒怎麼充電", "充電盒充不進去", "我的訂單在哪裡", "退款還沒收到",
        "忘記密碼", "我要改地址", "你們保存我哪些資料", "請刪除我的個人資料", "你們寄來的不是我要的", "商品寄來就壞了", "紅燈閃三下",
        "聲音爆音", "耳機一直從耳朵掉出來", "耳塞尺寸", "電池有沒有保固", "八歲小孩可以用嗎", "防水嗎", "充電線多少錢",
        "藍牙一直斷線", "要公司發票", "取消訂單", "優惠碼不能用", "可以分期嗎", "可以帶上飛機嗎", "麥克風沒聲音",
        "夏天車上會不會太熱", "什麼時候到貨", "左邊沒聲音", "怎麼連電腦", "信用卡被多扣一筆", "爆款什麼時候補貨", "低音炸裂的設定在哪",
    ),
}  # fmt: skip

# Written after the file and the threshold were settled, and not looked at while they were made.
LATER_DANGEROUS = {
    "en": (
        "sparks flew out of the charging port", "there is white smoke from the right earbud",
        "my wife burned her hand on the charging case", "battery is bulging", "the thing blew up in my bag",
        "smells like something is burning when it charges", "the left one got red hot and hurt my ear",
        "baby swallowed a silicone tip please help", "i got zapped by the case", "case melted on the radiator of the car",
        "the battery is leaking some fluid", "i think my earphone is about to explode its so hot",
        "I received an email with another customer's name and address", "our kitchen table has burn marks from your charger",
        "tip of the earbud stuck inside my ear!!", "my skin is blistering behind the ear", "ear started bleeding",
        "URGENT fire!!!", "charger cable caught fire", "someone else's orders show up when i log in",
    ),
    "tr": (
        "kulaklıktan beyaz duman geliyor", "şarj aletinden kıvılcımlar saçıldı", "pilin şiştiğini fark ettim",
        "eşimin eli yandı kutudan", "kutu çantamda patladı", "yanık plastik kokuyor şarjda", "sağ kulaklık ateş gibi oldu kulağımı yaktı",
        "oğlum silikonu yuttu acil", "beni elektrik çarptı", "kablonun ucu eridi", "pilden bir şey akıyor",
        "kulağımdan kan geldi", "evde yangın çıkıyordu az kalsın", "başka bir müşterinin adı adresi bana geldi", "kutu alev alev yanıyor",
        "kulağımın arkası su topladı yandı",
    ),
    "zh-Hant": (
        "右耳機冒出白煙", "充電孔噴火花", "電池鼓起來了", "太太的手被充電盒燙到", "在包包裡爆炸", "充電時聞到燒焦味",
        "左耳機燙到耳朵受傷", "小孩吞了矽膠套 救命", "被盒子電到", "充電線融化了", "電池流出不明液體", "耳朵出血了",
        "差點失火", "收到別的客人的姓名地址", "盒子著火", "耳塞拔不出來卡住了耳朵好痛",
    ),
}  # fmt: skip

LATER_HARMLESS = {
    "en": (
        "how do I know the battery level", "can I change the battery myself", "charging takes four hours", "light stays amber",
        "why is my order still processing", "I want my money back", "the headband squeaks", "ear cushions are worn out",
        "pair with my tv", "mic too quiet", "do they work underwater", "gift wrapping available?", "can two people use one account",
        "update failed", "which size of tip should I take", "do you ship to Norway", "wrong colour delivered",
        "how do I unsubscribe from the newsletter", "the voucher has expired", "is the case leather",
        "battery not charging past 80%", "what is the range of bluetooth", "sound delay when gaming", "lost one earbud",
    ),
    "tr": (
        "pil yüzdesini nereden görürüm", "şarj dört saat sürüyor", "turuncu ışık sönmüyor", "paramı geri istiyorum",
        "kulak yastığı yıprandı", "televizyona bağlanır mı", "mikrofon kısık", "hediye paketi var mı", "güncelleme başarısız",
        "hangi boy silikon almalıyım", "yanlış renk gönderilmiş", "bültenden çıkmak istiyorum", "kuponun süresi dolmuş",
        "kulaklığın tekini kaybettim", "oyunda ses gecikiyor", "almanyaya gönderiyor musunuz",
    ),
    "zh-Hant": (
        "怎麼看電量", "充電要四個小時", "橘燈一直亮", "我要退錢", "耳罩磨損了", "可以連電視嗎", "麥克風太小聲", "有禮物包裝嗎",
        "更新失敗", "耳塞要選哪個尺寸", "顏色寄錯了", "取消訂閱電子報", "優惠券過期了", "掉了一隻耳機", "打遊戲聲音延遲", "可以寄到日本嗎",
    ),
}  # fmt: skip

# A third set, looked at once, when the file was finished: its figures are those of docs/authors/urgent.md.
LAST_DANGEROUS = {
    "en": (
        "smoke from my headphones HELP", "the charging cable is glowing and smoking", "battery inflated, case cracked open",
        "woke up to a burning smell from the case", "right bud burst while I was wearing it", "I burned myself on the charger",
        "daughter swallowed part of the ear hook", "it shocks me when I touch the metal pins", "my carpet is scorched by the charger",
        "acid is coming out of the battery", "the usb port melted", "earbud came apart inside my ear and is stuck",
        "blood in my ear after wearing them", "I opened my account and saw a stranger's address and orders",
        "hackers published your customers' data", "power adapter exploded with a loud bang", "it is burning!!", "headset overheating badly, nearly on fire",
        "Dear team, I like the sound a lot. But since yesterday the case swells up and gets very hot. Regards, Tom", "weird chemical smell and heat from the battery",
    ),
    "tr": (
        "kulaklık duman attı yardım edin", "şarj kablosu kızardı duman çıkarıyor", "batarya kabardı kutu açıldı", "gece yanık kokusuyla uyandım kutudan geliyor",
        "sağ kulaklık takılıyken patladı", "adaptöre dokununca elim yandı", "kızım küçük parçayı yuttu", "metal uçlara dokununca elektrik veriyor",
        "halı yandı şarj aletinden", "pil sızdırıyor", "usb girişi eridi", "kulaklık ucu kulağımda sıkışıp kaldı", "taktıktan sonra kulağımda kan vardı",
        "hesabıma girince yabancı birinin adresini gördüm", "müşteri bilgileriniz hacklenmiş", "yanıyor!!", "Merhaba sesini çok seviyorum. Ama dünden beri kutu şişiyor ve çok ısınıyor. Saygılar",
        "aşırı ısındı az daha tutuşacaktı",
    ),
    "zh-Hant": (
        "耳機冒煙 救命", "充電線發紅冒煙", "電池膨起來把盒子撐開", "半夜聞到盒子燒焦的味道", "右耳機戴著的時候爆炸", "摸充電器被燙傷",
        "女兒吞下小零件", "碰到金屬接點會被電", "地毯被充電器燒焦", "電池流出酸酸的液體", "充電孔融掉了", "耳塞斷在耳朵裡卡住",
        "戴完耳朵裡有血", "登入後看到陌生人的地址和訂單", "駭客公布了你們的顧客資料", "變壓器砰一聲爆了", "燒起來了！！",
        "您好，音質很棒。但是昨天開始充電盒鼓起來而且很燙。謝謝", "過熱快要起火",
    ),
}  # fmt: skip

LAST_HARMLESS = {
    "en": (
        "how many hours of playback", "can it be charged wirelessly", "does the case come with a cable", "which colours are there", "my parcel shows delivered but is not here",
        "change delivery date", "hot to reset the earbuds", "bass is weak", "one ear louder than the other", "ear hooks for sports", "are they sweatproof",
        "noise cancelling off by itself", "student discount", "receipt for tax", "app crashes on start", "my phone does not find them",
        "what happens to my data when I close the account", "firmware update takes forever", "left earbud does not charge", "I need a bigger size of tips",
        "return label", "can I wear them while sleeping", "how to clean ear wax out of the mesh", "battery health in the app",
    ),
    "tr": (
        "kaç saat müzik çalar", "kablosuz şarj oluyor mu", "kutudan kablo çıkıyor mu", "hangi renkler var", "kargo teslim edildi görünüyor ama gelmedi",
        "teslimat gününü değiştir", "kulaklık nasıl sıfırlanır", "bas zayıf", "bir kulak daha yüksek", "spor için kanca", "tere dayanıklı mı", "öğrenci indirimi",
        "uygulama açılmıyor", "telefon bulmuyor", "hesabı kapatınca verilerime ne olur", "sol kulaklık şarj olmuyor", "daha büyük uç lazım", "iade etiketi", "uyurken takılır mı",
        "filtresini nasıl temizlerim",
    ),
    "zh-Hant": (
        "可以播放幾小時", "支援無線充電嗎", "盒子裡有附線嗎", "有哪些顏色", "顯示已送達但我沒收到", "改送貨日期", "怎麼重設耳機", "低音太弱",
        "一邊比較大聲", "運動用耳掛", "防汗嗎", "學生折扣", "app 打不開", "手機找不到耳機", "關閉帳號後資料怎麼處理", "左耳充不到電", "要大一點的耳塞", "退貨標籤",
        "睡覺可以戴嗎", "怎麼清耳垢",
    ),
}  # fmt: skip
