"""Names for people and schools who do not exist."""

GIVEN = (
    "Aaliyah", "Abigail", "Adrián", "Aiko", "Alejandro", "Alice", "Amara", "Amelia", "Anaïs",
    "Andrew", "Anjali", "Anna", "Antonio", "Aria", "Asher", "Ava", "Ayesha", "Beatriz",
    "Benjamin", "Björn", "Brooklyn", "Caleb", "Camila", "Carlos", "Charlotte", "Chloé", "Clara",
    "Daniel", "David", "Diego", "Eleanor", "Elijah", "Elizabeth", "Ella", "Emma", "Esteban",
    "Ethan", "Eva", "Ezra", "Fatima", "Felix", "Finn", "Gabriel", "Grace", "Hannah", "Henry",
    "Hiroshi", "Hugo", "Ibrahim", "Inés", "Isaac", "Isabella", "Ivy", "Jack", "James", "Jasmine",
    "Joaquín", "John", "José", "Joseph", "Julia", "Kai", "Katherine", "Kenji", "Layla", "Leah",
    "Leilani", "Leo", "Liam", "Lily", "Lucía", "Lucas", "Mateo", "Maya", "Mia", "Michael",
    "Mila", "Nadia", "Naomi", "Nathaniel", "Noah", "Nora", "Oliver", "Olivia", "Omar", "Owen",
    "Penelope", "Priya", "Quinn", "Rafael", "Renée", "Rosa", "Ruby", "Samuel", "Santiago",
    "Sarah", "Sebastián", "Sofía", "Søren", "Tariq", "Theodore", "Thomas", "Tomás", "Violet",
    "William", "Wyatt", "Ximena", "Yusuf", "Zoë", "Łucja",
)  # fmt: skip
SHORT = {
    "Abigail": "Abby", "Alejandro": "Alex", "Andrew": "Drew", "Benjamin": "Ben",
    "Charlotte": "Charlie", "Daniel": "Danny", "Eleanor": "Nora", "Elizabeth": "Liz",
    "Gabriel": "Gabe", "Isabella": "Bella", "James": "Jamie", "José": "Pepe", "Joseph": "Joe",
    "Katherine": "Kate", "Michael": "Mike", "Nathaniel": "Nate", "Penelope": "Penny",
    "Samuel": "Sam", "Theodore": "Theo", "Thomas": "Tom", "William": "Will",
}  # fmt: skip
FAMILY = (
    "Abara", "Adams", "Ahmed", "Álvarez", "Anderson", "Baker", "Begay", "Bennett", "Brown",
    "Campbell", "Castillo", "Chen", "Christensen", "Clark", "Cohen", "Cooper", "Cruz", "Davis",
    "Díaz", "Edwards", "Evans", "Fernández", "Fischer", "Flores", "Foster", "García", "González",
    "Gray", "Green", "Gutiérrez", "Hall", "Hansen", "Harris", "Hassan", "Hernández", "Hill",
    "Huang", "Hughes", "Ibáñez", "Ito", "Jackson", "Jensen", "Johnson", "Jones", "Kelly", "Khan",
    "Kim", "King", "Larsen", "Lee", "Lewis", "López", "Martin", "Martínez", "Mendoza", "Miller",
    "Mitchell", "Moore", "Morgan", "Müller", "Muñoz", "Nelson", "Nguyen", "Núñez", "O'Brien",
    "O'Neil", "Olsen", "Ortiz", "Parker", "Patel", "Peña", "Pérez", "Peterson", "Phillips",
    "Quintana", "Ramírez", "Reed", "Reyes", "Rivera", "Roberts", "Rodríguez", "Romero", "Sánchez",
    "Scott", "Silva", "Singh", "Smith", "Sørensen", "Stewart", "Tanaka", "Taylor", "Thomas",
    "Thompson", "Torres", "Tran", "Tsosie", "Turner", "Vargas", "Walker", "Wang", "Ward",
    "White", "Wilson", "Wright", "Yazzie", "Young", "Zhang", "Zúñiga",
)  # fmt: skip
# Of schools: Lakeview is first, and a number tells the later ones of a name apart.
PLACES = (
    "Lakeview", "Canyon Creek", "Maple Grove", "Stonebridge", "Willow Bend", "Cedar Hollow",
    "Sunrise", "Fox Meadow", "Juniper Ridge", "Orchard Hill", "Silver Spring", "Aspen Park",
    "Red Mesa", "Heron Pond", "Blue Sky", "Quail Run", "Old Mill", "Snowberry", "Granite Pass",
    "Riverbend", "Sage Valley", "Pioneer Field", "Northgate", "Wildflower",
)  # fmt: skip
