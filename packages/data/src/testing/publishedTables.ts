/** A published table, shortened, and its sidecar file. */
export interface PublishedTable {
  readonly file: string;
  readonly text: string;
  readonly sidecar: object;
}

/** Kaggle's Titanic: quoted names that contain commas, empty missing cells, CRLF. */
const titanic: PublishedTable = {
  file: 'titanic.csv',
  text: [
    'PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked',
    '1,0,3,"Braund, Mr. Owen Harris",male,22,1,0,A/5 21171,7.25,,S',
    '2,1,1,"Cumings, Mrs. John Bradley (Florence Briggs Thayer)",female,38,1,0,PC 17599,71.2833,C85,C',
    '3,1,3,"Heikkinen, Miss. Laina",female,26,0,0,STON/O2. 3101282,7.925,,S',
    '4,0,3,"Moran, Mr. James ""Jim""",male,,0,0,330877,8.4583,,Q',
    '5,1,1,"Icard, Miss. Amelie",female,38,0,0,113572,80,B28,',
    '',
  ].join('\r\n'),
  sidecar: {
    targets: 'Survived',
    classNames: ['0', '1'],
    drop: ['PassengerId', 'Name', 'Ticket', 'Cabin'],
    categories: { Pclass: ['1', '2', '3'], Sex: ['female', 'male'], Embarked: ['S', 'C', 'Q'] },
    standardization: { Age: { mean: 30, deviation: 15 }, Fare: { mean: 30, deviation: 50 } },
    missing: { Age: 'indicator', Embarked: 'S' },
  },
};

const adultColumns = [
  ...['age', 'workclass', 'fnlwgt', 'education', 'education-num', 'marital-status', 'occupation'],
  ...['relationship', 'race', 'sex', 'capital-gain', 'capital-loss', 'hours-per-week'],
  ...['native-country', 'income'],
];

const adultSidecar = {
  columns: adultColumns,
  targets: 'income',
  classNames: ['<=50K', '>50K'],
  drop: ['fnlwgt', 'education'],
  categories: {
    workclass: ['Private', 'State-gov', 'Self-emp-not-inc', '*'],
    'marital-status': ['Never-married', 'Married-civ-spouse', 'Divorced', '*'],
    occupation: ['Adm-clerical', 'Exec-managerial', 'Handlers-cleaners', '*'],
    relationship: ['Husband', 'Wife', 'Own-child', '*'],
    race: ['White', 'Black', '*'],
    sex: ['Female', 'Male'],
    'native-country': ['United-States', '*'],
  },
  standardization: {
    age: { mean: 40, deviation: 15 },
    'education-num': { mean: 10, deviation: 3 },
    'capital-gain': { mean: 0, deviation: 10_000 },
    'capital-loss': { mean: 0, deviation: 1000 },
    'hours-per-week': { mean: 40, deviation: 12 },
  },
  missing: { workclass: 'indicator', occupation: 'indicator', 'native-country': 'indicator' },
};

/** UCI's Adult, training part: no header, blanks after the commas, ? for missing cells. */
const adult: PublishedTable = {
  file: 'adult.data',
  text: [
    '39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, United-States, <=50K',
    '50, Self-emp-not-inc, 83311, Bachelors, 13, Married-civ-spouse, Exec-managerial, Husband, White, Male, 0, 0, 13, United-States, <=50K',
    '54, ?, 180211, Some-college, 10, Married-civ-spouse, ?, Husband, Asian-Pac-Islander, Male, 0, 0, 60, South, >50K',
    '',
    '',
  ].join('\n'),
  sidecar: adultSidecar,
};

/** UCI's Adult, test part: a line above the rows, and a dot after each class. */
const adultTest: PublishedTable = {
  file: 'adult.test',
  text: [
    '|1x3 Cross validator',
    '25, Private, 226802, 11th, 7, Never-married, Machine-op-inspct, Own-child, Black, Male, 0, 0, 40, United-States, <=50K.',
    '28, Local-gov, 336951, Assoc-acdm, 12, Married-civ-spouse, Protective-serv, Husband, White, Male, 0, 0, 40, United-States, >50K.',
    '29, ?, 227026, HS-grad, 9, Never-married, ?, Unmarried, Black, Male, 0, 0, 40, ?, <=50K.',
    '',
  ].join('\n'),
  sidecar: {
    ...adultSidecar,
    skipLines: 1,
    replace: { income: { '<=50K.': '<=50K', '>50K.': '>50K' } },
  },
};

/** UCI's wine: no header, the class in the first column, counted from 1. */
const wine: PublishedTable = {
  file: 'wine.data',
  text: [
    '1,14.23,1.71,2.43,15.6,127,2.8,3.06,.28,2.29,5.64,1.04,3.92,1065',
    '2,12.37,.94,1.36,10.6,88,1.98,.57,.28,.42,1.95,1.05,1.82,520',
    '3,12.86,1.35,2.32,18,122,1.51,1.25,.21,.94,4.1,.76,1.29,630',
    '',
  ].join('\n'),
  sidecar: {
    header: false,
    targets: 'column1',
    classNames: ['1', '2', '3'],
    standardization: {
      column5: { mean: 20, deviation: 5 },
      column6: { mean: 100, deviation: 20 },
      column14: { mean: 750, deviation: 300 },
    },
  },
};

/** UCI's wine quality: semicolons, quoted column names with blanks, a grade as the class. */
const wineQuality: PublishedTable = {
  file: 'winequality-red.csv',
  text: [
    '"fixed acidity";"volatile acidity";"citric acid";"residual sugar";"chlorides";"free sulfur dioxide";"total sulfur dioxide";"density";"pH";"sulphates";"alcohol";"quality"',
    '7.4;0.7;0;1.9;0.076;11;34;0.9978;3.51;0.56;9.4;5',
    '7.8;0.88;0;2.6;0.098;25;67;0.9968;3.2;0.68;9.8;5',
    '11.2;0.28;0.56;1.9;0.075;17;60;0.998;3.16;0.58;9.8;6',
    '',
  ].join('\n'),
  sidecar: {
    targets: 'quality',
    classNames: ['3', '4', '5', '6', '7', '8'],
    standardization: {
      'free sulfur dioxide': { mean: 15, deviation: 10 },
      'total sulfur dioxide': { mean: 45, deviation: 30 },
    },
  },
};

/** UCI's iris: no header, the class as text, an empty line at the end. */
const iris: PublishedTable = {
  file: 'iris.data',
  text: [
    '5.1,3.5,1.4,0.2,Iris-setosa',
    '7.0,3.2,4.7,1.4,Iris-versicolor',
    '6.3,3.3,6.0,2.5,Iris-virginica',
    '',
    '',
  ].join('\n'),
  sidecar: {
    columns: ['sepal length', 'sepal width', 'petal length', 'petal width', 'species'],
    targets: 'species',
    classNames: ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica'],
  },
};

/** UCI's German credit: no header, blanks between cells and at line ends, codes such as A11. */
const germanCredit: PublishedTable = {
  file: 'german.data',
  text: [
    'A11 6 A34 A43 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 1',
    'A12 48 A32 A43 5951 A61 A73 2 A92 A101 2 A121 22 A143 A152 1 A173 1 A191 A201 2 ',
    'A14 12 A34 A46 2096 A61 A74 2 A93 A101 3 A121 49 A143 A152 1 A172 2 A191 A201 1',
    '',
  ].join('\n'),
  sidecar: {
    delimiter: ' ',
    header: false,
    targets: 'column21',
    classNames: ['1', '2'],
    categories: {
      column1: ['A11', 'A12', 'A13', 'A14'],
      column3: ['A30', 'A31', 'A32', 'A33', 'A34'],
      column4: ['A40', 'A41', 'A42', 'A43', 'A46', '*'],
      column6: ['A61', 'A62', 'A63', 'A64', 'A65'],
      column7: ['A71', 'A72', 'A73', 'A74', 'A75'],
      column9: ['A91', 'A92', 'A93', 'A94'],
      column10: ['A101', 'A102', 'A103'],
      column12: ['A121', 'A122', 'A123', 'A124'],
      column14: ['A141', 'A142', 'A143'],
      column15: ['A151', 'A152', 'A153'],
      column17: ['A171', 'A172', 'A173', 'A174'],
      column19: ['A191', 'A192'],
      column20: ['A201', 'A202'],
    },
    standardization: {
      column2: { mean: 20, deviation: 12 },
      column5: { mean: 3000, deviation: 3000 },
      column13: { mean: 35, deviation: 10 },
    },
  },
};

export const publishedTables = {
  titanic,
  adult,
  adultTest,
  wine,
  wineQuality,
  iris,
  germanCredit,
} as const;
