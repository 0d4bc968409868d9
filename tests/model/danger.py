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
}

HARMLESS = {
    "en": (
        "how long does the battery last", "do you have it in smoke grey colour", "battery drains too fast",
        "how do I charge the case", "my case does not charge", "where is my order", "refund not received",
        "the Fire tablet does not find my headphones", "can I use them in the sauna", "noise cancelling makes a hissing sound",
        "sound is crackling in calls", "the left side is silent", "how hot can it get in the car", "is the case waterproof",
        "delete my data please", "what data do you store about me", "change the address of my account",
        "I forgot my password", "is there a black friday sale", "your support is a joke", "this is killing me, third time I write",
        "blazing fast delivery, thank you", "battery replacement cost", "spare ear tips size S", "ear tips fall out of my ears",
        "can I give them to a child of eight", "are the headphones safe for hearing", "light blinks red three times",
        "the case does not close properly", "invoice with our company address", "I received the wrong item", "item arrived damaged",
        "cancel my order", "someone opened my parcel", "there is a charge I do not recognise", "bluetooth keeps dropping",
        "firmware update stuck at 90 percent", "what is the warranty on batteries", "can i take them on a plane with the battery",
        "burn-in time for new headphones", "how do I burn a CD with this", "explosive bass setting in the app",
        "volume is too loud, it hurts a bit", "I would like to exchange the colour", "shock resistant case available?",
    ),
    "tr": (
        "pil ne kadar gidiyor", "duman grisi rengi var mı", "pil çabuk bitiyor", "kutu nasıl şarj edilir", "kutum şarj olmuyor",
        "siparişim nerede", "param iade edilmedi", "parolamı unuttum", "adresimi değiştirmek istiyorum", "hangi bilgilerimi saklıyorsunuz",
        "verilerimi silin", "yanlış ürün geldi", "ürün hasarlı geldi", "kırmızı ışık yanıp sönüyor", "ışık yanmıyor",
        "ses patlıyor yüksek seste", "kulaklık düşüyor kulağımdan", "yedek kulaklık ucu fiyatı", "garanti pili kapsıyor mu",
        "çocuğum için uygun mu", "su geçirir mi", "şarj kablosu kaç para", "bluetooth kopuyor", "fatura istiyorum şirket adına",
        "siparişi iptal et", "kupon çalışmıyor", "taksit var mı", "uçağa alabilir miyim", "mikrofon çalışmıyor",
        "sıcak havada kullanılır mı", "kargo ne zaman gelir", "sol taraf ses vermiyor", "bilgisayara nasıl bağlarım", "tanımadığım bir ödeme var",
        "indirim patladı mı bu hafta",
    ),
    "zh-Hant": (
        "電池可以用多久", "有煙灰色嗎", "電池很快沒電", "充電盒怎麼充電", "充電盒充不進去", "我的訂單在哪裡", "退款還沒收到",
        "忘記密碼", "我要改地址", "你們保存我哪些資料", "請刪除我的個人資料", "收到錯的商品", "商品寄來就壞了", "紅燈閃三下",
        "聲音爆音", "耳機一直從耳朵掉出來", "耳塞尺寸", "保固包含電池嗎", "八歲小孩可以用嗎", "防水嗎", "充電線多少錢",
        "藍牙一直斷線", "要公司發票", "取消訂單", "優惠碼不能用", "可以分期嗎", "可以帶上飛機嗎", "麥克風沒聲音",
        "夏天車上會不會太熱", "什麼時候到貨", "左邊沒聲音", "怎麼連電腦", "有一筆不認識的扣款", "爆款什麼時候補貨", "低音炸裂的設定在哪",
    ),
}
