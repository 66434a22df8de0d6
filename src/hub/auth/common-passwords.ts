/**
 * Passwords of at least 8 characters from the top of the published lists of leaked ones (SecLists, NCSC, NordPass),
 * with their usual variants; shorter ones are refused for their length. In lower case.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `!qaz2wsx 00000000 0123456789 10101010 11111111 11223344 1122334455 112233445566 12121212
    123123123 12341234 12344321 12345678 123456789 1234567890 1234567891 12345678910
    123456789a 123456qwerty 1234abcd 1234qwer 123qweasd 123qweasdzxc 13131313 147258369
    159753456 1q2w3e4r 1q2w3e4r5t 1qaz!qaz 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 66666666 69696969
    741852963 789456123 87654321 88888888 987654321 9876543210 99999999 a12345678 a123456789
    a1b2c3d4 aa123456 aaaaaaaa abc12345 abcd1234 abcdefg1 abcdefgh abcdefghi access14 admin123
    admin1234 administrator alexander arsenal1 asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl
    asdfghjkl; ashley123 autumn2024 barcelona baseball baseball1 basketball batman123
    beautiful bismillah blessed1 butterfly carolina changeme changeme1 changeme123 charlie1
    cheese123 chelsea1 chocolate christian college1 computer computer1 contraseña cookie123
    correcthorsebatterystaple corvette cristina danielle december default1 diamond1 dragon12
    dragon123 elephant elizabeth estrella facebook facebook1 fernando ferrari1 football
    football1 football123 forever1 freedom1 garfield google123 guest123 hello123 hello1234
    helloworld ilovegod iloveyou iloveyou! iloveyou1 iloveyou2 internet internet1 january1
    jennifer jessica1 jesus123 jesuschrist jordan23 jupyter1 juventus letmein1 letmein123
    letmeinnow linkedin liverpool liverpool1 lovely123 loveme123 loveyou1 manchester mariposa
    master123 mathematics maverick mercedes michael1 michelle midnight monkey123 monkey1234
    motdepasse mustang1 mypassword mypassword1 newpassword nopassword nothing1 opensesame
    p@$$w0rd p@ssw0rd p@ssw0rd1 p@ssword pa$$word pa55word passpass passport1 passw0rd
    password password! password01 password1 password12 password123 password1234 password2
    password3 passwort passwort1 patricia pokemon1 pokemon123 princess princess1 purple123
    q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedc qweasdzxc qweqweqwe qwer1234 qwerqwer qwerty12
    qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyui qwertyuiop qwertyuiop123 root1234
    sagemath salvus123 salvus1234 samsung1 school123 scorpion sebastian secret123 shadow123
    spiderman spring2024 spring2025 startrek starwars starwars1 stephanie student1 student123
    summer2024 summer2025 summer2026 sunshine sunshine1 superman superman1 superuser
    supervisor teacher1 teacher123 teamo123 temp1234 tequiero test1234 test12345 testing123
    testtest thisisapassword toor1234 trustno1 trustnoone university user1234 veronica
    victoria welcome1 welcome12 welcome123 whatever whatever1 winter2024 winter2025 winter2026
    yankees1 yourpassword zaq12wsx zaq1zaq1 zxcvbnm, zxcvbnm1 zxcvbnm123`
    .split(/\s+/)
    .filter((word) => word !== ''),
)
